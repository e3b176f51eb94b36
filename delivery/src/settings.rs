//! The settings and secrets of a deployment: what each is called, what it must look like, and how it
//! is read. What each provider needs is in its own file.

use std::{fmt, ops::RangeInclusive};

use warifu_core::contact::{Destination, EmailAddress};

use crate::provider_name::ProviderName;

/// A setting or secret.
pub struct Setting {
    /// Its name in `wrangler.toml` or among the secrets.
    pub name: &'static str,
    /// What it has to look like.
    pub form: Form,
    /// What applies where it is not set.
    pub default: Default,
}

/// What a setting has to look like.
pub enum Form {
    /// A whole number within bounds, both of which may be chosen.
    Number {
        /// The lowest.
        low: u64,
        /// The highest.
        high: u64,
    },
    /// A text.
    Text {
        /// What a refusal says: the setting must …
        must: &'static str,
        /// Whether a text that is not empty is one.
        fits: fn(&str) -> bool,
    },
}

/// What applies where a setting is not set.
pub enum Default {
    /// There is no default: a reader refuses the deployment.
    Required,
    /// There is no default: the reader goes on without a value.
    Absent,
    /// This value.
    Value(&'static str),
}

impl Setting {
    /// A text that must be set where it is read.
    #[must_use]
    pub const fn required(name: &'static str, must: &'static str, fits: fn(&str) -> bool) -> Self {
        Self { name, form: Form::Text { must, fits }, default: Default::Required }
    }

    /// A text that may be absent.
    #[must_use]
    pub const fn optional(name: &'static str, must: &'static str, fits: fn(&str) -> bool) -> Self {
        Self { name, form: Form::Text { must, fits }, default: Default::Absent }
    }

    /// A text with a default.
    #[must_use]
    pub const fn text(
        name: &'static str,
        must: &'static str,
        fits: fn(&str) -> bool,
        default: &'static str,
    ) -> Self {
        Self { name, form: Form::Text { must, fits }, default: Default::Value(default) }
    }

    /// A whole number from `low` to `high`, with its default as the guide writes it.
    #[must_use]
    pub const fn number(name: &'static str, low: u64, high: u64, default: &'static str) -> Self {
        Self { name, form: Form::Number { low, high }, default: Default::Value(default) }
    }

    fn fits(&self, text: &str) -> bool {
        match self.form {
            Form::Number { low, high } => {
                text.trim().parse().is_ok_and(|number| (low..=high).contains(&number))
            }
            Form::Text { fits, .. } => fits(text),
        }
    }

    /// The refusal of what does not fit.
    #[must_use]
    pub fn refused(&self) -> SettingError {
        match self.form {
            Form::Number { low, high } => {
                SettingError::new(self.name, &format!("be a whole number from {low} to {high}"))
            }
            Form::Text { must, .. } => SettingError::new(self.name, must),
        }
    }
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    /// The setting's name.
    pub name: String,
    /// What it must be or do.
    pub must: String,
}

impl SettingError {
    /// The refusal of a setting.
    #[must_use]
    pub fn new(name: &str, must: &str) -> Self {
        Self { name: name.to_owned(), must: must.to_owned() }
    }
}

/// One sentence for the log, which names the setting and not its value.
impl fmt::Display for SettingError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} must {}", self.name, self.must)
    }
}

/// A secret that is sent in a header.
pub(crate) const fn header_secret(name: &'static str) -> Setting {
    Setting::required(name, "be printable ASCII, no spaces", |text| {
        text.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

/// The sender of e-mail. It is written into headers as it is set, so it must have the quotes that it
/// needs there.
pub const MAIL_FROM: Setting = Setting::required("MAIL_FROM", "be one e-mail address", |text| {
    let address = EmailAddress::parse(text).map(Destination::Email);
    address.is_ok_and(|address| address.reveal().eq_ignore_ascii_case(text))
});

/// Servers of this machine in place of providers.
pub const PROVIDER_ORIGINS: Setting = Setting::optional(
    "PROVIDER_ORIGINS",
    "list <provider>=http://127.0.0.1:<port>, in development only",
    |text| text.split(',').all(|text| local_origin(text).is_some()),
);

/// Where settings are read from.
pub struct Settings<'a> {
    given: &'a dyn Fn(&str) -> Option<String>,
    is_development: bool,
    /// Servers of this machine in place of providers.
    origins: String,
    /// The first refusal. Values that are read after it are never used.
    refused: Option<SettingError>,
}

impl<'a> Settings<'a> {
    /// Reads from `given`, which answers a setting's text by its name.
    #[must_use]
    pub fn new(given: &'a dyn Fn(&str) -> Option<String>, is_development: bool) -> Self {
        Self { given, is_development, origins: String::new(), refused: None }
    }

    /// Reads which servers of this machine stand for providers.
    pub(crate) fn read_origins(&mut self) {
        if let Some(origins) = self.optional(&PROVIDER_ORIGINS) {
            self.only_in_development(&PROVIDER_ORIGINS);
            self.origins = origins;
        }
    }

    /// `made`, which the caller built from settings that it read; the first refusal, if one of them
    /// was refused.
    ///
    /// # Errors
    /// What was refused first.
    pub fn accept<T>(&mut self, made: Result<T, SettingError>) -> Result<T, SettingError> {
        if let Err(error) = &made {
            self.refuse(error.clone());
        }
        self.refused.clone().map_or(made, Err)
    }

    /// Whether everything that was read can be used.
    ///
    /// # Errors
    /// What was refused first.
    pub fn accepted(self) -> Result<(), SettingError> {
        self.refused.map_or(Ok(()), Err)
    }

    /// Whether the deployment is a development server's.
    #[must_use]
    pub fn is_development(&self) -> bool {
        self.is_development
    }

    /// Refuses the deployment, unless something was refused before.
    pub fn refuse(&mut self, error: SettingError) {
        self.refused.get_or_insert(error);
    }

    /// Refuses the deployment for this, whatever was refused before.
    pub(crate) fn refuse_above_all(&mut self, error: SettingError) {
        self.refused = Some(error);
    }

    /// A setting, or its default. `None` where it is empty or there is neither.
    pub fn optional(&mut self, setting: &Setting) -> Option<String> {
        let default = match setting.default {
            Default::Value(text) => Some(text.to_owned()),
            Default::Required | Default::Absent => None,
        };
        let given = (self.given)(setting.name).filter(|text| !text.is_empty());
        let text = given.or(default)?;
        if !setting.fits(&text) {
            self.refuse(setting.refused());
        }
        Some(text)
    }

    /// A setting, or its default; refused where there is neither.
    pub fn required(&mut self, setting: &Setting) -> String {
        self.optional(setting).unwrap_or_else(|| {
            self.refuse(SettingError::new(setting.name, "be set"));
            String::new()
        })
    }

    /// A setting that may be empty, or its default.
    pub fn allowing_empty(&mut self, setting: &Setting) -> String {
        match (self.given)(setting.name) {
            Some(empty) if empty.trim().is_empty() => String::new(),
            Some(_) | None => self.required(setting),
        }
    }

    /// A setting that is a number, or its default. An empty text is refused. 0 when the setting is
    /// refused.
    pub fn number(&mut self, setting: &Setting) -> u64 {
        let given = (self.given)(setting.name);
        let text = match (&given, &setting.default) {
            (Some(text), _) => text.as_str(),
            (None, Default::Value(text)) => text,
            (None, Default::Required | Default::Absent) => "",
        };
        if setting.fits(text)
            && let Ok(number) = text.trim().parse()
        {
            return number;
        }
        self.refuse(setting.refused());
        0
    }

    /// Refuses a setting that only a development server may have.
    pub(crate) fn only_in_development(&mut self, setting: &Setting) {
        if !self.is_development {
            self.refuse(setting.refused());
        }
    }

    /// Where a provider is: `usual`, or the server that stands for it in development.
    pub(crate) fn origin(&self, provider: &str, usual: &str) -> String {
        let mut origins = self.origins.split(',').filter_map(local_origin);
        let instead = origins.find(|(name, _)| *name == provider);
        instead.map_or(usual, |(_, origin)| origin).to_owned()
    }
}

/// SNS as receipts ask it, for its certificate and to confirm a subscription.
const SNS_OF_RECEIPTS: &str = "amazon-sns";

/// Reads `<provider>=<origin>`. The origin must be a server on this machine, because it is sent the
/// provider's credentials.
fn local_origin(text: &str) -> Option<(&str, &str)> {
    let (name, origin) = text.trim().split_once('=')?;
    let port = origin.strip_prefix("http://127.0.0.1:")?;
    let known =
        name == SNS_OF_RECEIPTS || ProviderName::parse(name).is_some_and(ProviderName::has_origin);
    (known && is_word(port, 1..=5, "")).then_some((name, origin))
}

/// Whether a text has only ASCII letters, digits and characters of `others`, and a length in bytes
/// within `length`.
pub(crate) fn is_word(text: &str, length: RangeInclusive<usize>, others: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || others.contains(letter);
    length.contains(&text.len()) && text.chars().all(fits)
}
