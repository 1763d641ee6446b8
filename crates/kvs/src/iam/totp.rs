//! Time-based one-time passwords (RFC 6238: SHA-1, six digits, steps of 30 seconds), as MFA
//! devices show them: which are accepted, and that none is accepted twice.
//!
//! Cryptography is the caller's: it passes a [`Mac`].

use super::MfaDevice;

/// HMAC-SHA-1 of a message, the number of a step in eight bytes, with a seed as its key.
pub type Mac = fn(seed: &[u8], message: &[u8; 8]) -> [u8; 20];

/// The device after it showed this code, if the code is of now, one step before or one
/// after by the device's own clock, and later than the last that was accepted.
pub fn accept(device: &MfaDevice, code: &str, now_ms: u64, mac: Mac) -> Option<MfaDevice> {
    let center = step_of(now_ms).checked_add_signed(device.drift_steps)?;
    let mut near = center.saturating_sub(1)..=center.saturating_add(1);
    let step = near.find(|step| is_code(device, *step, code, mac))?;
    Some(MfaDevice {
        last_step: step,
        ..device.clone()
    })
}

/// The device after it showed these two codes, one right after the other, the second of
/// them now. Its clock may be wrong by so many steps; how wrong is noted.
pub fn set_clock(
    device: &MfaDevice,
    codes: [&str; 2],
    now_ms: u64,
    steps_max: u64,
    mac: Mac,
) -> Option<MfaDevice> {
    let now = step_of(now_ms);
    // From now outwards: of two pairs the likelier one.
    let mut seconds = (0..=steps_max).flat_map(|off| [now.checked_sub(off), now.checked_add(off)]);
    let step = seconds.find_map(|second| {
        let (second, first) = (second?, second?.checked_sub(1)?);
        let fits = is_code(device, first, codes[0], mac) && is_code(device, second, codes[1], mac);
        fits.then_some(second)
    })?;
    let off = step.cast_signed() - now.cast_signed();
    Some(MfaDevice {
        last_step: step,
        // What every code is granted needs no correction.
        drift_steps: if off.abs() > 1 { off } else { 0 },
        ..device.clone()
    })
}

/// The code of a step: six digits (RFC 4226 §5.3).
pub fn code(seed: &[u8], step: u64, mac: Mac) -> String {
    let tag = mac(seed, &step.to_be_bytes());
    let offset = usize::from(tag[19] & 15);
    let word = tag[offset..offset + 4].iter();
    let word = word.fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

/// The step of a time in milliseconds since the epoch.
pub fn step_of(now_ms: u64) -> u64 {
    now_ms / STEP_MS
}

/// A seed as authenticator apps read it: base32 (RFC 4648 §6) without padding.
pub fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let mut five = [0; 8];
        five[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(five);
        let letters = (chunk.len() * 8).div_ceil(5);
        let values = (0..letters).map(|n| bits >> (35 - 5 * n) & 31);
        text.extend(values.map(|value| LETTERS[value as usize] as char));
    }
    text
}

fn is_code(device: &MfaDevice, step: u64, text: &str, mac: Mac) -> bool {
    step > device.last_step && code(&device.seed, step, mac) == text
}

const STEP_MS: u64 = 30_000;
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#[cfg(test)]
mod tests {
    use super::{accept, base32, code, set_clock};
    use crate::iam::users::tests::device;

    /// No HMAC, but as good for what is tested here: each step has a code of its own.
    fn mac(seed: &[u8], message: &[u8; 8]) -> [u8; 20] {
        let mut tag = [seed.len() as u8; 20];
        tag[..4].copy_from_slice(&message[4..]);
        tag[19] = 0;
        tag
    }

    fn shown(step: u64) -> String {
        code(&[7; 20], step, mac)
    }

    const NOW: u64 = 1_000_010;
    const NOW_MS: u64 = NOW * 30_000 + 29_999;

    #[test]
    fn a_code_of_now_is_accepted_once() {
        let fresh = device("phone");
        for step in NOW - 3..=NOW + 3 {
            let is_near = step.abs_diff(NOW) <= 1;
            let after = accept(&fresh, &shown(step), NOW_MS, mac);
            assert_eq!(after.is_some(), is_near, "{step}");
            let Some(after) = after else { continue };
            for earlier in NOW - 1..=step {
                assert!(accept(&after, &shown(earlier), NOW_MS, mac).is_none());
            }
        }
        for bad in ["", "00010", "0000100", "000 10", "abcdef"] {
            assert!(accept(&fresh, bad, NOW_MS, mac).is_none(), "{bad}");
        }
    }

    #[test]
    fn two_codes_must_follow_each_other() {
        let fresh = device("phone");
        let set = |a: u64, b: u64, max| set_clock(&fresh, [&shown(a), &shown(b)], NOW_MS, max, mac);
        for second in [NOW - 1, NOW, NOW + 1] {
            let after = set(second - 1, second, 2).unwrap();
            assert_eq!((after.last_step, after.drift_steps), (second, 0));
        }
        for (a, b) in [(NOW, NOW), (NOW, NOW - 1), (NOW - 2, NOW)] {
            assert!(set(a, b, 100).is_none(), "{a} {b}");
        }
        assert!(set(NOW + 3, NOW + 4, 3).is_none(), "too far off");
    }

    #[test]
    fn a_clock_set_right_is_followed() {
        for second in [NOW - 50, NOW + 50] {
            let codes = [&shown(second - 1)[..], &shown(second)];
            let after = set_clock(&device("phone"), codes, NOW_MS, 60, mac).unwrap();
            assert_eq!(after.drift_steps, second as i64 - NOW as i64);
            let later_ms = NOW_MS + 60_000;
            assert!(
                accept(&after, &shown(second), later_ms, mac).is_none(),
                "used"
            );
            assert!(accept(&after, &shown(NOW + 2), later_ms, mac).is_none());
            assert!(accept(&after, &shown(second + 2), later_ms, mac).is_some());
        }
    }

    #[test]
    fn base32_is_the_standards() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }
}
