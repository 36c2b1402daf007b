//! Decimals as text, exactly.

use std::fmt;

/// `unscaled` / 10^`scale` with exactly `scale` digits after the point: `decimal_text(-1, 4)` is `-0.0001`.
pub fn decimal_text(unscaled: i128, scale: u8) -> String {
    let mut text = String::with_capacity(48);
    // Writing to a String cannot fail.
    let _ = write_decimal(&mut text, unscaled, scale);
    text
}

/// [`decimal_text`] without an allocation of its own.
///
/// # Errors
///
/// Those of `out`.
pub fn write_decimal(out: &mut impl fmt::Write, unscaled: i128, scale: u8) -> fmt::Result {
    let mut buffer = [b'0'; DIGITS];
    let digits = digits(unscaled.unsigned_abs(), &mut buffer);
    let scale = usize::from(scale);
    if unscaled < 0 {
        out.write_char('-')?;
    }
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(scale));
    out.write_str(if whole.is_empty() { "0" } else { whole })?;
    if scale == 0 {
        return Ok(());
    }
    out.write_char('.')?;
    for _ in fraction.len()..scale {
        out.write_char('0')?;
    }
    out.write_str(fraction)
}

/// Most digits of a 128-bit number.
const DIGITS: usize = 39;
/// Most digits that always fit into 64 bits; dividing 64-bit numbers is much faster.
const CHUNK: usize = 19;

fn digits(mut number: u128, buffer: &mut [u8; DIGITS]) -> &str {
    let mut start = DIGITS;
    while number > u128::from(u64::MAX) {
        let chunk = 10u128.pow(CHUNK as u32);
        write_backwards((number % chunk) as u64, &mut buffer[start - CHUNK..start]);
        start -= CHUNK;
        number /= chunk;
    }
    let written = write_backwards(number as u64, &mut buffer[..start]);
    start -= written;
    std::str::from_utf8(&buffer[start..]).unwrap_or_default()
}

/// Writes `number` to the end of `buffer`, which holds zeros, and returns how many digits it has.
fn write_backwards(mut number: u64, buffer: &mut [u8]) -> usize {
    let mut written = 0;
    for digit in buffer.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        written += 1;
        if number == 0 {
            break;
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_exactly_scale_digits_after_the_point() {
        let cases: &[(i128, u8, &str)] = &[
            (12_345_678, 4, "1234.5678"),
            (-1, 4, "-0.0001"),
            (0, 4, "0.0000"),
            (0, 0, "0"),
            (7, 0, "7"),
            (-7, 0, "-7"),
            (10, 1, "1.0"),
            (-10_000, 4, "-1.0000"),
            (1, 38, "0.00000000000000000000000000000000000001"),
            (-(10i128.pow(38) - 1), 38, "-0.99999999999999999999999999999999999999"),
            (10i128.pow(38), 38, "1.00000000000000000000000000000000000000"),
            (10i128.pow(20) + 5, 0, "100000000000000000005"),
            (i128::MAX, 0, "170141183460469231731687303715884105727"),
            (i128::MIN, 0, "-170141183460469231731687303715884105728"),
            (i128::MIN, 38, "-1.70141183460469231731687303715884105728"),
        ];
        for (unscaled, scale, text) in cases {
            assert_eq!(&decimal_text(*unscaled, *scale), text);
        }
    }

    #[test]
    fn digits_are_those_of_the_integer() {
        for shift in 0..127 {
            for number in [1i128 << shift, (1i128 << shift) - 1, -(1i128 << shift)] {
                assert_eq!(decimal_text(number, 0), number.to_string());
            }
        }
        for exponent in 0..38 {
            let number = 10i128.pow(exponent);
            assert_eq!(decimal_text(number, 0), number.to_string());
            assert_eq!(decimal_text(number - 1, 0), (number - 1).to_string());
        }
    }

    #[test]
    fn a_scale_beyond_every_digit_is_filled_with_zeros() {
        let text = decimal_text(1, 255);
        assert_eq!(text.len(), 257);
        assert!(text.starts_with("0.000") && text.ends_with("001"));
    }
}
