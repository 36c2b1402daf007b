//! GEOMETRY literals: well-known text to little-endian well-known binary, and back for ST_AsText.

/// POINT, LINESTRING and POLYGON in two dimensions; nothing for anything else.
pub(crate) fn wkt_to_wkb(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let open = text.find('(')?;
    let kind = text[..open].trim().to_ascii_uppercase();
    let body = text[open..].strip_prefix('(')?.strip_suffix(')')?;
    let mut out = vec![1u8];
    match kind.as_str() {
        "POINT" => {
            out.extend_from_slice(&1u32.to_le_bytes());
            point(body, &mut out)?;
        }
        "LINESTRING" => {
            out.extend_from_slice(&2u32.to_le_bytes());
            if points(body, &mut out)? < 2 {
                return None;
            }
        }
        "POLYGON" => {
            out.extend_from_slice(&3u32.to_le_bytes());
            let rings: Vec<&str> = body
                .split(')')
                .map(|r| r.trim_start_matches([',', ' ']).trim())
                .filter(|r| !r.is_empty())
                .map(|r| r.strip_prefix('('))
                .collect::<Option<_>>()?;
            out.extend_from_slice(&(rings.len() as u32).to_le_bytes());
            for ring in rings {
                if points(ring, &mut out)? < 4 {
                    return None;
                }
            }
        }
        _ => return None,
    }
    Some(out)
}

fn points(list: &str, out: &mut Vec<u8>) -> Option<usize> {
    let parts: Vec<&str> = list.split(',').collect();
    out.extend_from_slice(&(parts.len() as u32).to_le_bytes());
    for part in &parts {
        point(part, out)?;
    }
    Some(parts.len())
}

fn point(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut numbers = text.split_ascii_whitespace();
    for _ in 0..2 {
        out.extend_from_slice(&numbers.next()?.parse::<f64>().ok()?.to_le_bytes());
    }
    numbers.next().is_none().then_some(())
}

/// Well-known text of what [`wkt_to_wkb`] makes, with six fraction digits as TDengine prints them.
pub(crate) fn wkb_to_wkt(bytes: &[u8]) -> Option<String> {
    let mut at = 5;
    let kind = u32::from_le_bytes(bytes.get(1..5)?.try_into().ok()?);
    let count = |at: &mut usize| -> Option<u32> {
        let n = u32::from_le_bytes(bytes.get(*at..*at + 4)?.try_into().ok()?);
        *at += 4;
        Some(n)
    };
    let point = |at: &mut usize| -> Option<String> {
        let x = f64::from_le_bytes(bytes.get(*at..*at + 8)?.try_into().ok()?);
        let y = f64::from_le_bytes(bytes.get(*at + 8..*at + 16)?.try_into().ok()?);
        *at += 16;
        Some(format!("{x:.6} {y:.6}"))
    };
    let ring = |at: &mut usize| -> Option<String> {
        let n = count(at)?;
        let all: Option<Vec<String>> = (0..n).map(|_| point(at)).collect();
        Some(format!("({})", all?.join(", ")))
    };
    match kind {
        1 => Some(format!("POINT ({})", point(&mut at)?)),
        2 => Some(format!("LINESTRING {}", ring(&mut at)?)),
        3 => {
            let n = count(&mut at)?;
            let all: Option<Vec<String>> = (0..n).map(|_| ring(&mut at)).collect();
            Some(format!("POLYGON ({})", all?.join(", ")))
        }
        _ => None,
    }
}
