//! Who a directory server is: by a client certificate, or by a key behind a gateway that has checked
//! the certificate.

use warifu_core::secret::ApiKey;
use warifu_three_ds::client_certificate::NotProved;

use super::{Door, WrongKey, bearer, note_wrong};
use crate::{
    bindings::ClientCertificate,
    config::Served,
    http::Incoming,
    log::Caller,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
};

/// Lets only a directory server pass that the settings list.
pub(crate) async fn directory_server<'a>(
    ctx: &'a RequestContext,
    incoming: &Incoming,
) -> Result<&'a Served, Problem> {
    let known = &ctx.config.three_ds.directory_servers;
    let certificate = incoming.client_certificate();
    let by_certificate = certificate.as_ref().and_then(|certificate| {
        known.iter().find(|served| certificate.said().proves(&served.it.certificates).is_ok())
    });
    let found = match by_certificate {
        Some(served) => Ok(served),
        None => match bearer(incoming) {
            Ok(key) => of_key(known, &key).ok_or(WrongKey::Unknown),
            Err(_) if was_presented(certificate.as_ref()) => Err(WrongKey::Certificate),
            Err(problem) => return Err(problem),
        },
    };
    match found {
        Ok(served) => {
            ctx.called_by(Caller::DirectoryServer { id: served.it.id.clone() });
            Ok(served)
        }
        Err(wrong) => {
            note_wrong(ctx, incoming, Door::DirectoryServer, wrong).await?;
            Err(ProblemCode::InvalidKey.problem())
        }
    }
}

fn was_presented(certificate: Option<&ClientCertificate>) -> bool {
    certificate.is_some_and(|it| it.said().proves(&[]) != Err(NotProved::NotPresented))
}

/// The directory server of a key, which is compared with all of them, in constant time.
fn of_key<'a>(known: &'a [Served], presented: &ApiKey) -> Option<&'a Served> {
    let keyed: Vec<_> =
        known.iter().filter_map(|served| Some((served, served.key.as_ref()?))).collect();
    presented.find(&keyed, |(_, key)| key).map(|(served, _)| *served)
}
