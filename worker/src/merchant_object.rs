//! The object of one merchant, asked one command. Tests have an object of their own.

use warifu_core::{
    ids::MerchantId,
    merchant_answers::{AnswerCommand, Leave},
    secret::KeyMode,
    wire,
};

use crate::{bindings, object_call, problem::Problem, request_context::RequestContext};

/// The binding of the merchants' objects.
pub(crate) const CLASS: &str = "MERCHANTS";

/// Has the merchant's object decide. `None` where there is no such class: a deployment whose
/// wrangler.toml is from before it.
pub(crate) async fn ask(
    ctx: &RequestContext,
    merchant: &MerchantId,
    mode: KeyMode,
    command: &AnswerCommand,
) -> Result<Option<Leave>, Problem> {
    if !bindings::is_bound(&ctx.env, CLASS) {
        ctx.fault(&Problem::unbound(CLASS));
        return Ok(None);
    }
    let now = ctx.now().await?;
    let body = wire::write_asked(command, now)?;
    // No merchant's id has a slash.
    let name = match mode {
        KeyMode::Live => merchant.as_str().to_owned(),
        KeyMode::Test => format!("test/{}", merchant.as_str()),
    };
    let leave = object_call::ask(&ctx.asking(), CLASS, &name, &body).await?;
    Ok(Some(wire::read_answer(&leave)?))
}

/// The problem of an answer that its command cannot have.
pub(crate) fn unexpected(_leave: Leave) -> Problem {
    Problem::internal("the merchant object gave an answer to another command")
}
