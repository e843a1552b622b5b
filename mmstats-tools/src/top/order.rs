//! What rows are sorted by, and which way round.

use clap::ValueEnum;
use mmstats_reader::Moment;
use mmstats_reader::in_unit;

use super::shape::Field;
use super::track::Track;
use super::writer::{State, Writer};

/// What rows are sorted by: what the columns show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sort {
    /// The label and its tags.
    Name,
    /// The value.
    Value,
    /// How many came a second, in the last interval.
    Rate,
    /// The same, over the last 10 seconds.
    #[value(name = "10s")]
    Ten,
    /// The same, over the last 60 seconds.
    #[value(name = "60s")]
    Sixty,
    /// The same, since the file was made.
    Life,
    /// The process's id.
    Pid,
    /// The user who owns the file.
    User,
    /// How long the process has been writing.
    Uptime,
    /// Whether the process lives.
    State,
}

/// How rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// By what. Words and ids are sorted upwards, what is counted or measured downwards.
    pub sort: Sort,
    /// The other way round.
    pub is_reversed: bool,
}

impl Sort {
    /// By all there is to sort by: the columns of fields, then those of processes.
    pub const ALL: [Self; 10] = [
        Self::Name,
        Self::Value,
        Self::Rate,
        Self::Ten,
        Self::Sixty,
        Self::Life,
        Self::Pid,
        Self::User,
        Self::Uptime,
        Self::State,
    ];

    /// The heading of its column.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Value => "VALUE",
            Self::Rate => "RATE/s",
            Self::Ten => "10s",
            Self::Sixty => "60s",
            Self::Life => "LIFE",
            Self::Pid => "PID",
            Self::User => "USER",
            Self::Uptime => "UPTIME",
            Self::State => "STATE",
        }
    }

    /// Whether it is of what fields count, so that rows move about with that.
    pub fn is_of_values(self) -> bool {
        matches!(self, Self::Value | Self::Rate | Self::Ten | Self::Sixty | Self::Life)
    }

    /// Whether it is of processes, whose fields are sorted by name.
    pub fn is_of_processes(self) -> bool {
        matches!(self, Self::Pid | Self::User | Self::Uptime | Self::State)
    }

    /// What a field is sorted by at the moment `now`, if by its value.
    pub(super) fn of_field(self, writer: &Writer, field: &Field, track: &Track, now: Moment) -> Option<f64> {
        match self {
            Self::Name | Self::Pid | Self::User | Self::Uptime | Self::State => None,
            Self::Value => track.number().map(|number| in_unit(number, field.description.scale())),
            Self::Rate => track.rate(),
            Self::Ten => track.ten(),
            Self::Sixty => track.sixty(),
            Self::Life => writer.life_rate(field, track, now),
        }
    }

    /// The number that a process is sorted by at the moment `now`, if by one.
    pub(super) fn of_process(self, writer: &Writer, now: Moment) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "ids are below 2^32")]
            Self::Pid => writer.process.pid.map(|pid| pid as f64),
            Self::Uptime => writer.uptime(now).map(|uptime| uptime.as_secs_f64()),
            Self::State => Some(match writer.state {
                State::Alive => 0.0,
                State::Unknown => 1.0,
                State::Stale(_) | State::Dead => 2.0,
                State::Gone(_) => 3.0,
            }),
            _ => None,
        }
    }
}

impl Order {
    /// Whether what is least comes first.
    pub fn is_upwards(self) -> bool {
        let goes_up = matches!(self.sort, Sort::Name | Sort::Pid | Sort::User | Sort::State);
        goes_up != self.is_reversed
    }

    /// Where `number` comes among others: the least is first. What has no number, or is none, comes last
    /// whichever way round.
    pub(super) fn place(self, number: Option<f64>) -> u64 {
        const SIGN: u64 = 1 << 63;
        let Some(number) = number.filter(|number| !number.is_nan()) else { return u64::MAX };
        // Both zeros are one.
        let bits = (number + 0.0).to_bits();
        // The bits of floats above zero go up with them, those of others down.
        let upwards = if bits & SIGN == 0 { bits | SIGN } else { !bits };
        if self.is_upwards() { upwards } else { !upwards }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_down_or_up_and_what_is_none_comes_last() {
        let numbers =
            [Some(f64::INFINITY), Some(2.0), Some(1e-300), Some(0.0), Some(-1.0), Some(f64::NEG_INFINITY)];
        for is_reversed in [false, true] {
            let order = Order { sort: Sort::Value, is_reversed };
            let mut places = numbers.map(|number| order.place(number));
            if is_reversed {
                places.reverse();
            }
            assert!(places.is_sorted_by(|one, other| one < other), "{places:?}");
            for none in [None, Some(f64::NAN), Some(-f64::NAN)] {
                assert!(places.iter().all(|place| *place < order.place(none)));
            }
            assert_eq!(order.place(Some(-0.0)), order.place(Some(0.0)));
        }
    }
}
