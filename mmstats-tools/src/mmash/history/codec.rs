//! Points of a series in few bytes.
//!
//! | first byte | then | a point |
//! |---|---|---|
//! | `0xff` | | without a value |
//! | `zeros << 4 \| len` | `len` bytes | whose value differs from the last one's in these bytes of its 64 bits, behind so many bytes that do not |
//!
//! That is all of a number. The others go on behind their mean: averages with their count, distributions
//! with their buckets. Counts are of seven bits a byte, the lowest first.

use mmstats_reader::Buckets;

use super::point::Point;
use crate::mmash::distribution::Distribution;
use crate::mmash::field::Track;

const NONE: u8 = 0xff;

/// What the next point of a block is told from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Last(u64);

/// Appends `point` to `bytes`.
pub(super) fn encode(point: &Point, last: &mut Last, bytes: &mut Vec<u8>) {
    match point {
        Point::None => bytes.push(NONE),
        Point::Number(number) => encode_number(*number, last, bytes),
        Point::Average { count, sum } => {
            encode_number(*sum, last, bytes);
            encode_count(*count, bytes);
        }
        Point::Distribution(distribution) => {
            encode_number(f64::from_bits(distribution.sum), last, bytes);
            // The lowest bit says whether there were more values than the counts.
            let len = distribution.counts.len() as u64;
            encode_count(len << 1 | u64::from(distribution.is_saturated), bytes);
            let mut next = 0;
            for (index, count) in &distribution.counts {
                encode_count(u64::from(index.wrapping_sub(next)), bytes);
                encode_count(*count, bytes);
                next = index.wrapping_add(1);
            }
        }
    }
}

/// The points that `bytes` hold of what is tracked like this.
pub(super) fn decode(track: Track, bytes: &[u8]) -> impl Iterator<Item = Point> {
    let mut rest = bytes;
    let mut last = Last::default();
    std::iter::from_fn(move || decode_point(track, &mut last, &mut rest))
}

fn decode_point(track: Track, last: &mut Last, bytes: &mut &[u8]) -> Option<Point> {
    if let Some((&NONE, rest)) = bytes.split_first() {
        *bytes = rest;
        return Some(Point::None);
    }
    let number = decode_number(last, bytes)?;
    Some(match track {
        Track::Growth | Track::Level => Point::Number(number),
        Track::Average => Point::Average { count: decode_count(bytes)?, sum: number },
        Track::Distribution(division) => {
            Point::Distribution(Box::new(decode_distribution(division, number.to_bits(), bytes)?))
        }
    })
}

fn decode_distribution(division: Buckets, sum: u64, bytes: &mut &[u8]) -> Option<Distribution> {
    let mut next = 0_u32;
    let len = decode_count(bytes)?;
    let is_saturated = len & 1 == 1;
    let counts = (0..len >> 1).map(|_| {
        let index = next.wrapping_add(u32::try_from(decode_count(bytes)?).ok()?);
        next = index.wrapping_add(1);
        Some((index, decode_count(bytes)?))
    });
    let counts: Option<Vec<_>> = counts.collect();
    Some(Distribution { division, sum, counts: counts?, is_saturated })
}

fn encode_number(number: f64, Last(last): &mut Last, bytes: &mut Vec<u8>) {
    let difference = number.to_bits() ^ std::mem::replace(last, number.to_bits());
    let zeros = (difference.leading_zeros() / 8) as usize;
    let len = 8 - zeros - ((difference.trailing_zeros() / 8) as usize).min(8 - zeros);
    #[expect(clippy::cast_possible_truncation, reason = "both are at most 8")]
    bytes.push((zeros as u8) << 4 | len as u8);
    bytes.extend(difference.to_be_bytes().iter().skip(zeros).take(len));
}

fn decode_number(Last(last): &mut Last, bytes: &mut &[u8]) -> Option<f64> {
    let (head, rest) = bytes.split_first()?;
    let (zeros, len) = (usize::from(head >> 4), usize::from(head & 0xf));
    let (differing, rest) = rest.split_at_checked(len)?;
    let mut difference = [0; 8];
    difference.get_mut(zeros..)?.get_mut(..len)?.copy_from_slice(differing);
    *bytes = rest;
    *last ^= u64::from_be_bytes(difference);
    Some(f64::from_bits(*last))
}

fn encode_count(mut count: u64, bytes: &mut Vec<u8>) {
    while count >= 0x80 {
        #[expect(clippy::cast_possible_truncation, reason = "the lowest seven bits")]
        bytes.push(count as u8 | 0x80);
        count >>= 7;
    }
    #[expect(clippy::cast_possible_truncation, reason = "less than 128")]
    bytes.push(count as u8);
}

fn decode_count(bytes: &mut &[u8]) -> Option<u64> {
    let mut count = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        count |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(count);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(track: Track, points: &[Point]) -> Vec<u8> {
        let (mut last, mut bytes) = (Last::default(), Vec::new());
        for point in points {
            encode(point, &mut last, &mut bytes);
        }
        let decoded: Vec<Point> = decode(track, &bytes).collect();
        assert_eq!(format!("{decoded:?}"), format!("{points:?}"));
        bytes
    }

    #[test]
    fn points_come_back_as_they_were() {
        let numbers =
            [0.0, 0.0, 1.0, -1.0, 0.1, 1e300, f64::NAN, f64::INFINITY, 1_795_375_214.6, f64::MIN_POSITIVE];
        let mut points: Vec<Point> = numbers.map(Point::Number).into();
        points.insert(3, Point::None);
        there_and_back(Track::Level, &points);
        there_and_back(
            Track::Average,
            &[
                Point::Average { count: 0, sum: 0.0 },
                Point::None,
                Point::Average { count: u64::MAX, sum: -7.5 },
            ],
        );
        let division = Buckets::new(4, 42).unwrap();
        let distribution = |sum, counts| {
            let is_saturated = sum == u64::MAX;
            Point::Distribution(Box::new(Distribution { division, sum, counts, is_saturated }))
        };
        there_and_back(
            Track::Distribution(division),
            &[
                distribution(0, vec![]),
                Point::None,
                distribution(u64::MAX, vec![(0, 1), (1, u64::MAX), (623, 300)]),
                distribution(5, vec![(622, 1)]),
            ],
        );
    }

    #[test]
    fn what_does_not_change_takes_a_byte_and_whole_numbers_take_few() {
        assert_eq!(there_and_back(Track::Level, &[const { Point::Number(0.1) }; 10]).len(), 9 + 9);
        let counts: Vec<Point> = (1000..1100).map(|count| Point::Number(f64::from(count))).collect();
        assert!(there_and_back(Track::Growth, &counts).len() <= 3 * counts.len());
    }
}
