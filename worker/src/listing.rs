//! One page of a list: how many, and from where. The caller's `limit` and `cursor` are read here.

use warifu_core::cursor;

use crate::{http::Incoming, problem::Problem, request_context::RequestContext};

/// How long a page may be.
#[derive(Clone, Copy)]
pub(crate) struct Lengths {
    /// Without `limit`.
    pub(crate) usual: usize,
    pub(crate) most: usize,
}

/// The page that a caller asks for.
pub(crate) struct Asked<'a> {
    ctx: &'a RequestContext,
    /// Names the list and whoever reads it, so that no cursor is taken by another list.
    list: String,
    pub(crate) limit: usize,
    /// Where the page before ended.
    pub(crate) after: Option<String>,
}

impl<'a> Asked<'a> {
    pub(crate) fn read(
        ctx: &'a RequestContext,
        incoming: &Incoming,
        list: String,
        Lengths { usual, most }: Lengths,
    ) -> Result<Self, Problem> {
        let limit = incoming.query("limit").map(|text| text.parse());
        let limit = limit.unwrap_or(Ok(usual)).ok().filter(|limit| (1..=most).contains(limit));
        let limit = limit.ok_or_else(|| {
            Problem::field("limit", format!("be a whole number from 1 to {most}"))
        })?;
        let open = |text: String| {
            cursor::open(ctx.config.master_keys(), &list, &text).ok_or_else(|| {
                let must = "be next_cursor of an earlier page of this list; leave it out to begin";
                Problem::field("cursor", must)
            })
        };
        let after = incoming.query("cursor").map(open).transpose()?;
        Ok(Self { ctx, list, limit, after })
    }

    /// The cursor of the page that begins after this position.
    pub(crate) fn next(&self, position: &str) -> Result<String, Problem> {
        let (_, key) = self.ctx.config.active_master_key()?;
        Ok(cursor::seal(key, &self.list, position))
    }
}
