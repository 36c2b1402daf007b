//! Replies of `/rest/sql`: JSON, written block by block while it is sent.

use std::convert::Infallible;
use std::time::Instant;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::json;

use super::block;
use super::parameters::Parameters;
use super::render::{TimeStyle, push_text, push_value};
use crate::engine::{ColType, ColumnMeta, Rows};
use crate::http::{Body, json as json_response};

pub(super) fn update(affected: u64, parameters: &Parameters, started: Instant) -> Response<Body> {
    let mut reply = json!({ "code": 0, "column_meta": [["affected_rows", "INT", 4]], "data": [[affected]], "rows": 1 });
    if parameters.timing {
        reply["timing"] = json!(started.elapsed().as_nanos() as u64);
    }
    json_response(StatusCode::OK, &reply)
}

pub(super) fn rows(rows: Rows, parameters: Parameters, started: Instant) -> Response<Body> {
    let writer = Writer { rows, parameters, started, sent: 0, stage: Stage::Head };
    let frames = writer.map(|text| Ok::<_, Infallible>(Frame::data(Bytes::from(text))));
    let mut response = Response::new(StreamBody::new(stream::iter(frames)).boxed_unsync());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

enum Stage {
    Head,
    Rows,
    End,
}

/// The pieces of a reply, one per block.
struct Writer {
    rows: Rows,
    parameters: Parameters,
    started: Instant,
    sent: usize,
    stage: Stage,
}

impl Iterator for Writer {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        match self.stage {
            Stage::Head => {
                self.stage = Stage::Rows;
                Some(self.head())
            }
            // An error in the middle ends the rows and is not told: as the gateway does it.
            Stage::Rows => match self.rows.blocks.next() {
                Some(Ok(block)) => Some(self.block(&block)),
                Some(Err(_)) | None => {
                    self.stage = Stage::End;
                    Some(self.tail())
                }
            },
            Stage::End => None,
        }
    }
}

impl Writer {
    fn head(&self) -> String {
        let meta: Vec<_> =
            self.rows.columns.iter().map(|column| json!([column.name, type_name(column), column.length])).collect();
        format!("{{\"code\":0,\"column_meta\":{},\"data\":[", json!(meta))
    }

    fn tail(&self) -> String {
        let timing = match self.parameters.timing {
            true => format!(",\"timing\":{}", self.started.elapsed().as_nanos()),
            false => String::new(),
        };
        format!("],\"rows\":{}{timing}}}", self.sent)
    }

    fn block(&mut self, bytes: &[u8]) -> String {
        let mut json = String::new();
        let Some((rows, columns)) = block::read(bytes) else { return json };
        let times = TimeStyle { precision: self.rows.precision, zone: self.parameters.print_zone };
        let with_meta = self.parameters.row_with_meta;
        for row in 0..rows {
            if self.sent > 0 {
                json.push(',');
            }
            json.push(if with_meta { '{' } else { '[' });
            for (index, column) in columns.iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                if with_meta {
                    push_text(&mut json, self.rows.columns.get(index).map_or("", |column| &column.name));
                    json.push(':');
                }
                push_value(&mut json, column, row, times);
            }
            json.push(if with_meta { '}' } else { ']' });
            self.sent += 1;
        }
        json
    }
}

fn type_name(column: &ColumnMeta) -> String {
    let kind =
        ColType { number: column.type_number, length: column.length, precision: column.precision, scale: column.scale };
    match kind.is_decimal() {
        true => format!("DECIMAL({},{})", column.precision, column.scale),
        false => kind.name().to_owned(),
    }
}
