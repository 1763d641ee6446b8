//! One-time passwords of MFA devices: the rules are [`kvs::iam::totp`]'s, the HMAC is here.

use aws_lc_rs::hmac;
use kvs::iam::{MfaDevice, totp};

/// The device after it showed a code; `None` if that is none of now, or was used.
pub fn accept(device: &MfaDevice, code: &str, now_ms: u64) -> Option<MfaDevice> {
    totp::accept(device, code, now_ms, mac)
}

/// The device after it showed two codes that follow each other, by a clock that is at
/// most so many steps of 30 s ahead or behind; `None` if they do not.
pub fn set_clock(
    device: &MfaDevice,
    codes: [&str; 2],
    now_ms: u64,
    steps_max: u64,
) -> Option<MfaDevice> {
    totp::set_clock(device, codes, now_ms, steps_max, mac)
}

fn mac(seed: &[u8], message: &[u8; 8]) -> [u8; 20] {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = hmac::sign(&key, message);
    let bytes = tag.as_ref().try_into();
    bytes.expect("a tag of HMAC-SHA-1 has 20 bytes")
}

/// How far a new device's clock may be off, steps: four minutes.
pub const ENABLE_STEPS_MAX: u64 = 8;

/// How far a clock that is set right may be off, steps: half an hour.
pub const RESYNC_STEPS_MAX: u64 = 60;

#[cfg(test)]
mod tests {
    use kvs::iam::totp::code;

    use super::mac;

    /// RFC 6238, appendix B: the last six of the eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let seed = b"12345678901234567890";
        for (time_s, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(seed, time_s / 30, mac), expected);
        }
    }
}
