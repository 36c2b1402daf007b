//! A server that knows which tokens are valid, a source that publishes them, and faults.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::*;
use crate::credential::Issued;
use crate::credential::tests::{HOUR, MINUTE};
use crate::error::Result;
use crate::secret::Secret;

/// Something that will happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Happening {
    /// The source answers with what it read, unless it reads only now.
    Answer {
        read: Option<usize>,
    },
    CanaryDone {
        generation: u64,
        token: usize,
    },
    /// `news`: the token that is new.
    Push {
        news: Option<usize>,
    },
    Demand,
    Login {
        generation: u64,
    },
    Revoke,
    Leak,
    Disable,
    Jump {
        by: i64,
        is_back: bool,
    },
    Sleep {
        long: Duration,
    },
    Publish,
    /// Somebody puts the token before back.
    Revert {
        to: usize,
    },
    Outage,
    Back,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Timed {
    pub(super) at: Duration,
    pub(super) what: Happening,
}

impl Ord for Timed {
    /// The earliest is the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.cmp(&self.at)
    }
}

impl PartialOrd for Timed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A token as the server knows it.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) issued: Duration,
    pub(super) life: Duration,
    /// It expires, or was disabled.
    pub(super) end: Duration,
    /// The cluster knows it from then on.
    visible: Duration,
    is_good: bool,
}

/// How the source states the life of its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    ExpiresAt,
    IssuedAndTtl,
    IssuedAndExpires,
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Up,
    Gone,
    Garbage,
}

#[derive(Debug)]
pub(super) struct World {
    rng: SeededRng,
    pub(super) tokens: Vec<Token>,
    pub(super) revoked: Vec<usize>,
    /// The source names them as leaked.
    pub(super) leaked: Vec<usize>,
    pub(super) style: Style,
    life: Duration,
    /// What the source gives.
    pub(super) served: usize,
    source: Source,
}

pub(super) fn name_of(token: usize) -> String {
    format!("t{token}")
}

pub(super) fn token_of(text: &str) -> usize {
    text[1..].parse().unwrap()
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = SeededRng::new(seed);
        let styles = [Style::ExpiresAt, Style::IssuedAndTtl, Style::IssuedAndExpires, Style::Nothing];
        let style = styles[(rng.next() % 4) as usize];
        // A token of unknown life has the default one.
        let hours = [12, 24, 48, 96][(rng.next() % 4) as usize];
        let life = if style == Style::Nothing { DAY } else { hours * HOUR };
        World {
            rng,
            tokens: Vec::new(),
            revoked: Vec::new(),
            leaked: Vec::new(),
            style,
            life,
            served: 0,
            source: Source::Up,
        }
    }

    /// The machine begins at the time that is given back: the first token is somewhere in its life.
    pub(super) fn begin(&mut self, ahead: &mut BinaryHeap<Timed>) -> Duration {
        self.publish(Duration::ZERO, ahead);
        let begin = self.within(self.life * 9 / 10);
        for what in [
            Happening::Outage,
            Happening::Demand,
            Happening::Revoke,
            Happening::Leak,
            Happening::Disable,
            Happening::Jump { by: 0, is_back: false },
            Happening::Sleep { long: SECOND },
            Happening::Push { news: None },
        ] {
            self.again(&what, begin, ahead);
        }
        begin
    }

    /// Less than `most`.
    pub(super) fn chance(&mut self, most: u64) -> u64 {
        self.rng.next() % most.max(1)
    }

    fn within(&mut self, most: Duration) -> Duration {
        Duration::from_millis(self.chance(most.as_millis() as u64))
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.chance(many) == 0
    }

    /// When the same kind of thing happens next.
    pub(super) fn again(&mut self, what: &Happening, time: Duration, ahead: &mut BinaryHeap<Timed>) {
        let (mean, next) = match what {
            Happening::Outage => (3, Happening::Outage),
            Happening::Demand => (5, Happening::Demand),
            Happening::Revoke => (8, Happening::Revoke),
            Happening::Leak => (8, Happening::Leak),
            Happening::Disable => (8, Happening::Disable),
            Happening::Jump { is_back: true, .. } => return,
            Happening::Jump { by, is_back: false } => {
                let stays = self.one_in(if by.abs() > 3600 { 64 } else { 4 });
                if *by != 0 && !stays {
                    // Somebody sets it right.
                    let at = time + self.within(6 * HOUR);
                    ahead.push(Timed { at, what: Happening::Jump { by: -by, is_back: true } });
                }
                let seconds = [86_400, 86_400, 3_600, 60][self.chance(4) as usize];
                let by = if self.one_in(2) { seconds } else { -seconds };
                (4, Happening::Jump { by, is_back: false })
            }
            Happening::Sleep { .. } => {
                let long = if self.one_in(2) { self.within(10 * MINUTE) } else { self.within(20 * HOUR) };
                (5, Happening::Sleep { long })
            }
            Happening::Push { news: None } => (2, Happening::Push { news: None }),
            _ => return,
        };
        let at = time + self.within(2 * mean * DAY);
        ahead.push(Timed { at, what: next });
    }

    pub(super) fn happen(&mut self, what: &Happening, time: Duration, ahead: &mut BinaryHeap<Timed>) {
        match what {
            Happening::Publish => self.publish(time, ahead),
            Happening::Revert { to } if self.is_valid(*to, time) => {
                self.served = *to;
                ahead.push(Timed { at: time, what: Happening::Push { news: Some(*to) } });
            }
            // It has ended meanwhile: nobody puts it back.
            Happening::Revert { .. } => {}
            Happening::Outage => {
                self.source = if self.one_in(2) { Source::Gone } else { Source::Garbage };
                let at = time + self.within(HOUR / 2);
                ahead.push(Timed { at, what: Happening::Back });
            }
            Happening::Back => self.source = Source::Up,
            _ => {}
        }
    }

    fn publish(&mut self, time: Duration, ahead: &mut BinaryHeap<Timed>) {
        let is_good = !self.one_in(5);
        let visible = if self.one_in(10) { time + self.within(30 * SECOND) } else { time };
        // It passes its canary, and is disabled while the one before is still the fallback.
        let dies_young = is_good && self.one_in(10);
        let end = if dies_young { time + MINUTE + self.within(3 * MINUTE) } else { time + self.life };
        let token = Token { issued: time, life: self.life, end, visible, is_good };
        self.tokens.push(token);
        if self.one_in(12) {
            let at = time + self.within(4 * MINUTE);
            ahead.push(Timed { at, what: Happening::Revert { to: self.served } });
        }
        self.served = self.tokens.len() - 1;
        let life = self.life.as_secs();
        let next = if !is_good || dies_young {
            5 * MINUTE + self.within(HOUR / 4)
        } else if self.one_in(10) {
            // Late: the one before has ended.
            Duration::from_secs(life) + self.within(HOUR / 2)
        } else {
            Duration::from_secs(life * 3 / 4 + self.chance(life / 5))
        };
        ahead.push(Timed { at: time + next, what: Happening::Publish });
        let pushes = match self.chance(10) {
            0..6 => 0,
            6..9 => 1,
            _ => 1 + self.chance(50),
        };
        for _ in 0..pushes {
            let at = time + self.within(5 * SECOND);
            ahead.push(Timed { at, what: Happening::Push { news: (is_good && !dies_young).then_some(self.served) } });
        }
    }

    /// The server knows this token no longer; the source has another within ten minutes.
    pub(super) fn end(&mut self, token: usize, time: Duration, ahead: &mut BinaryHeap<Timed>) {
        self.tokens[token].end = self.tokens[token].end.min(time);
        if token == self.served {
            let at = time + self.within(10 * MINUTE);
            ahead.retain(|timed| timed.what != Happening::Publish);
            ahead.push(Timed { at, what: Happening::Publish });
        }
    }

    /// One of the last tokens is known to have leaked: it ends, and the source names it.
    pub(super) fn leak(&mut self, time: Duration, ahead: &mut BinaryHeap<Timed>) {
        let token = self.tokens.len().saturating_sub(1 + self.chance(3) as usize);
        self.end(token, time, ahead);
        self.leaked.push(token);
        ahead.push(Timed { at: time, what: Happening::Push { news: None } });
    }

    pub(super) fn is_valid(&self, token: usize, time: Duration) -> bool {
        let token = &self.tokens[token];
        token.is_good && time >= token.visible && time < token.end
    }

    /// The source could be asked, and what it gives would pass.
    pub(super) fn offers_valid(&self, time: Duration) -> bool {
        self.source == Source::Up && self.is_valid(self.served, time)
    }

    pub(super) fn is_source_up(&self) -> bool {
        self.source == Source::Up
    }

    /// When the answer comes, and what was read if it was read at once.
    pub(super) fn asked(&mut self, time: Duration) -> (Duration, Option<usize>) {
        let long = if self.one_in(50) { self.within(20 * SECOND) } else { self.within(SECOND / 2) };
        let read = self.one_in(2).then_some(self.served);
        (time + long, read)
    }

    pub(super) fn answer(&mut self, read: Option<usize>) -> Result<Issued> {
        match self.source {
            Source::Up => Ok(self.issued(read.unwrap_or(self.served))),
            Source::Gone => Err(Error::new(ErrorCode::SourceUnavailable, "the source is gone")),
            Source::Garbage => match self.chance(4) {
                0 => Ok(Issued::new("")),
                1 => Ok(Issued::new(" \n")),
                2 => Ok(Issued::new("<html> 502 </html>")),
                _ => Err(Error::new(ErrorCode::SourceInvalid, "this is no token")),
            },
        }
    }

    fn issued(&self, index: usize) -> Issued {
        let token = &self.tokens[index];
        let others = self.leaked.iter().filter(|leaked| **leaked != index);
        let issued = others.fold(Issued::new(name_of(index)), |issued, leaked| {
            issued.revokes(Secret::new(name_of(*leaked)).fingerprint())
        });
        let at = BEGIN + token.issued;
        match self.style {
            Style::ExpiresAt => issued.expires_at(at + token.life),
            Style::IssuedAndTtl => issued.issued_at(at).ttl(token.life),
            Style::IssuedAndExpires => issued.issued_at(at).expires_at(at + token.life),
            Style::Nothing => issued,
        }
    }

    pub(super) fn canary_time(&mut self) -> Duration {
        let most = if self.one_in(30) { 30 * SECOND } else { 2 * SECOND };
        self.within(most)
    }

    pub(super) fn canary(&mut self, token: usize, time: Duration) -> Result<()> {
        if self.one_in(30) {
            return Err(Error::new(ErrorCode::ConnectRefused, "nobody listens"));
        }
        match self.is_valid(token, time) {
            true => Ok(()),
            false => Err(Error::new(ErrorCode::TokenExpired, "the token has expired")),
        }
    }
}
