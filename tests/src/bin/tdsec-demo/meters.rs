//! The readings: the `meters` super table of TDengine's documentation, generated or from a file.

use std::collections::BTreeMap;
use std::path::Path;

use tdsec::clock::{Rng, SeededRng};

use crate::Failure;

/// One reading.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    /// As SQL takes it: milliseconds, or a quoted time.
    pub(crate) ts: String,
    pub(crate) current: f64,
    pub(crate) voltage: i32,
    pub(crate) phase: f64,
}

/// One child table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Meter {
    pub(crate) name: String,
    pub(crate) location: String,
    pub(crate) groupid: i32,
}

/// Where readings come from.
pub(crate) enum Readings {
    /// So many rows spread over 100 meters, always the same.
    Generated { rows: u64 },
    /// A file, grouped by meter.
    File(Vec<(Meter, Vec<Reading>)>),
}

const METERS: u64 = 100;
const START_MS: u64 = 1_704_067_200_000;
const STEP_MS: u64 = 10_000;
const PLACES: [&str; 10] = [
    "California.Campbell",
    "California.Cupertino",
    "California.LosAngles",
    "California.MountainView",
    "California.PaloAlto",
    "California.SanDiego",
    "California.SanFrancisco",
    "California.SanJose",
    "California.SantaClara",
    "California.Sunnyvale",
];

impl Readings {
    /// `rows` readings.
    pub(crate) fn generated(rows: u64) -> Self {
        Readings::Generated { rows }
    }

    /// A CSV file whose first line names the columns `ts,current,voltage,phase,location,groupid`, in any order.
    /// `ts` is milliseconds since 1970 or a time such as `2024-01-01 00:00:00.000`.
    pub(crate) fn from_csv(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Ok(Readings::File(parse_csv(&text)?))
    }

    /// Number of readings.
    pub(crate) fn rows(&self) -> u64 {
        match self {
            Readings::Generated { rows } => *rows,
            Readings::File(meters) => meters.iter().map(|(_, readings)| readings.len() as u64).sum(),
        }
    }

    /// Every meter with its readings, one meter at a time.
    pub(crate) fn meters(&self) -> Box<dyn Iterator<Item = (Meter, Vec<Reading>)> + Send + '_> {
        match self {
            Readings::Generated { rows } => Box::new((0..METERS).map(|index| generate(index, *rows))),
            Readings::File(meters) => Box::new(meters.iter().cloned()),
        }
    }
}

fn generate(index: u64, rows: u64) -> (Meter, Vec<Reading>) {
    let meter = Meter {
        name: format!("d{}", 1001 + index),
        location: PLACES[(index % PLACES.len() as u64) as usize].into(),
        groupid: (index % 24) as i32 + 1,
    };
    let count = rows / METERS + u64::from(index < rows % METERS);
    let mut rng = SeededRng::new(index);
    let mut below = |limit: u64| rng.next() % limit;
    let reading = |row: u64| Reading {
        ts: (START_MS + row * STEP_MS).to_string(),
        current: 8.0 + below(6000) as f64 / 1000.0,
        voltage: 210 + below(20) as i32,
        phase: below(1000) as f64 / 1000.0,
    };
    (meter, (0..count).map(reading).collect())
}

fn parse_csv(text: &str) -> Result<Vec<(Meter, Vec<Reading>)>, Failure> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (_, header) = lines.next().ok_or("the CSV file is empty")?;
    let names: Vec<String> = header.split(',').map(|name| name.trim().trim_matches('"').to_ascii_lowercase()).collect();
    let column = |name: &str| {
        let missing =
            || format!("the CSV file has no column {name}; it needs ts,current,voltage,phase,location,groupid");
        names.iter().position(|known| known == name).ok_or_else(missing)
    };
    let order = ["ts", "current", "voltage", "phase", "location", "groupid"].map(column);
    let [ts, current, voltage, phase, location, groupid] = order;
    let (ts, current, voltage, phase, location, groupid) = (ts?, current?, voltage?, phase?, location?, groupid?);
    let mut meters: BTreeMap<(String, i32), Vec<Reading>> = BTreeMap::new();
    for (line, text) in lines {
        let cells: Vec<&str> = text.split(',').map(|cell| cell.trim().trim_matches('"')).collect();
        let cell = |index: usize| cells.get(index).copied().ok_or_else(|| format!("line {} is too short", line + 1));
        let wrong = |name: &str| format!("line {}: {name} is not a number", line + 1);
        let reading = Reading {
            ts: timestamp(cell(ts)?).ok_or_else(|| format!("line {}: ts is not a time", line + 1))?,
            current: cell(current)?.parse().map_err(|_| wrong("current"))?,
            voltage: cell(voltage)?.parse().map_err(|_| wrong("voltage"))?,
            phase: cell(phase)?.parse().map_err(|_| wrong("phase"))?,
        };
        let place = cell(location)?.to_owned();
        let group = cell(groupid)?.parse().map_err(|_| wrong("groupid"))?;
        meters.entry((place, group)).or_default().push(reading);
    }
    let named = |(index, ((location, groupid), readings))| {
        (Meter { name: format!("d{}", 1001 + index), location, groupid }, readings)
    };
    Ok(meters.into_iter().enumerate().map(named).collect())
}

/// A number as it is; any other text quoted, if it has nothing but the characters of a time.
fn timestamp(text: &str) -> Option<String> {
    let number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let time = text.bytes().all(|byte| byte.is_ascii_digit() || b"-:. TZ+".contains(&byte));
    if number { Some(text.into()) } else { (time && !text.is_empty()).then(|| format!("'{text}'")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn generated_readings_are_complete_and_always_the_same() {
        let readings = Readings::generated(1_050);
        let all: Vec<_> = readings.meters().collect();
        assert_eq!(all.len(), 100);
        assert_eq!(all.iter().map(|(_, readings)| readings.len()).sum::<usize>(), 1_050);
        assert_eq!(all, readings.meters().collect::<Vec<_>>());
    }

    #[test]
    fn a_file_is_grouped_by_its_tags_whatever_the_order_of_its_columns() {
        let text = "location,groupid,ts,current,voltage,phase\nA,1,1700000000000,1.5,220,0.3\nB,2,2024-01-01 00:00:00,2,221,0.4\nA,1,1700000001000,1.6,219,0.2\n";
        let meters = parse_csv(text).unwrap();
        assert_eq!(meters.len(), 2);
        assert_eq!(meters[0].1.len(), 2);
        assert_eq!(meters[1].1[0].ts, "'2024-01-01 00:00:00'");
    }

    #[test]
    fn a_broken_file_is_refused_with_its_line() {
        let header = "ts,current,voltage,phase,location,groupid\n";
        let error = |text: &str| parse_csv(text).unwrap_err().to_string();
        assert!(error("a,b\n").contains("no column ts"));
        assert!(error(&format!("{header}1,2,x,4,A,1\n")).contains("line 2: voltage"));
        assert!(error(&format!("{header}1); DROP,2,3,4,A,1\n")).contains("not a time"));
        assert!(error(&format!("{header}1,2\n")).contains("line 2 is too short"));
    }
}
