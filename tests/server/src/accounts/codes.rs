//! The numbers of token failures. The real ones are not public, so they come from the configuration and
//! clients must work with any (protocol notes, `errors.md` section 2).

use std::fmt;
use std::str::FromStr;

/// Low 16 bits of the codes that token and TOTP failures carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenCodes {
    /// Unknown token or token name.
    pub not_exist: u16,
    /// `ENABLE 0`.
    pub disabled: u16,
    /// Past its TTL.
    pub expired: u16,
    /// Missing or wrong one-time code.
    pub totp: u16,
    /// `CREATE TOKEN` of a name in use.
    pub exists: u16,
    /// A token name that is empty or too long.
    pub name: u16,
    /// More tokens than `ALLOW_TOKEN_NUM`.
    pub too_many: u16,
}

impl Default for TokenCodes {
    fn default() -> Self {
        TokenCodes {
            not_exist: 0x0F01,
            disabled: 0x0F02,
            expired: 0x0F03,
            totp: 0x0F04,
            exists: 0x0F05,
            name: 0x0F06,
            too_many: 0x0F07,
        }
    }
}

/// What was wrong with a `--token-codes` text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenCodesError(String);

impl fmt::Display for TokenCodesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "token codes: {}", self.0)
    }
}

impl std::error::Error for TokenCodesError {}

impl FromStr for TokenCodes {
    type Err = TokenCodesError;

    /// `not_exist=0x0F01,disabled=3842,…`; what is not named keeps its stand-in.
    fn from_str(text: &str) -> Result<Self, TokenCodesError> {
        let mut codes = TokenCodes::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, value) =
                part.split_once('=').ok_or_else(|| TokenCodesError(format!("`{part}` is not name=number")))?;
            let number =
                number(value.trim()).ok_or_else(|| TokenCodesError(format!("`{value}` is not a 16-bit number")))?;
            let place = match key.trim() {
                "not_exist" => &mut codes.not_exist,
                "disabled" => &mut codes.disabled,
                "expired" => &mut codes.expired,
                "totp" => &mut codes.totp,
                "exists" => &mut codes.exists,
                "name" => &mut codes.name,
                "too_many" => &mut codes.too_many,
                other => return Err(TokenCodesError(format!("unknown name `{other}`"))),
            };
            *place = number;
        }
        Ok(codes)
    }
}

fn number(text: &str) -> Option<u16> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        // The engine's form with the high half, as headers print it, is welcome too.
        Some(hex) => u32::from_str_radix(hex, 16).ok().map(|code| (code & 0xffff) as u16),
        None => text.parse().ok(),
    }
}
