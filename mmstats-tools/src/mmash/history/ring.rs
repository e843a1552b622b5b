//! The points of one series.

use std::collections::VecDeque;

use super::codec::{Last, decode, encode};
use super::point::Point;
use crate::mmash::field::Track;

/// Points at successive ticks, the newest last, in blocks each of which can be read by itself.
#[derive(Debug)]
pub(super) struct Ring {
    pub(super) track: Track,
    blocks: VecDeque<Block>,
    last: Last,
    /// The tick behind that of the newest point.
    end: u64,
    /// When its value last changed; 0 if it did not yet.
    pub(super) changed: u64,
    /// The tick of the newest point with a value.
    pub(super) newest_value: u64,
}

#[derive(Debug)]
struct Block {
    /// The tick of its first point.
    start: u64,
    count: u64,
    bytes: Vec<u8>,
}

/// Points of a block: so many are decoded in vain at most.
const BLOCK_POINTS: u64 = 128;

impl Ring {
    /// One whose first point will be that of the tick `start`.
    pub(super) fn new(track: Track, start: u64) -> Self {
        let (blocks, last) = (VecDeque::new(), Last::default());
        Self { track, blocks, last, end: start, changed: 0, newest_value: start }
    }

    /// Appends the point of the tick behind that of the last one. Returns by how many bytes it grew.
    pub(super) fn push(&mut self, point: &Point) -> usize {
        if self.blocks.back().is_none_or(|block| block.count >= BLOCK_POINTS) {
            if let Some(full) = self.blocks.back_mut() {
                full.bytes.shrink_to_fit();
            }
            self.last = Last::default();
            self.blocks.push_back(Block { start: self.end, count: 0, bytes: Vec::new() });
        }
        if !matches!(point, Point::None) {
            self.newest_value = self.end;
        }
        self.end += 1;
        let Some(block) = self.blocks.back_mut() else { return 0 };
        let before = block.bytes.len();
        encode(point, &mut self.last, &mut block.bytes);
        block.count += 1;
        block.bytes.len() - before
    }

    /// The tick behind that of the newest point.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Forgets the blocks whose points are all before the tick `start`. Returns how many bytes that were.
    pub(super) fn forget_before(&mut self, start: u64) -> usize {
        let mut freed = 0;
        while let Some(oldest) = self.blocks.front()
            && oldest.start + oldest.count <= start
        {
            freed += self.forget_oldest();
        }
        freed
    }

    /// Forgets the oldest block. Returns how many bytes that were.
    pub(super) fn forget_oldest(&mut self) -> usize {
        self.blocks.pop_front().map_or(0, |block| block.bytes.len())
    }

    /// Bytes of all points.
    pub(super) fn len(&self) -> usize {
        self.blocks.iter().map(|block| block.bytes.len()).sum()
    }

    /// The points of the ticks from `start` to before `end`, with their ticks; of ticks of which nothing is
    /// known there are none.
    pub(super) fn points(&self, start: u64, end: u64) -> impl Iterator<Item = (u64, Point)> {
        let blocks = self.blocks.iter().filter(move |block| block.start + block.count > start);
        let points = blocks.flat_map(|block| (block.start..).zip(decode(self.track, &block.bytes)));
        points.skip_while(move |(tick, _)| *tick < start).take_while(move |(tick, _)| *tick < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_back_what_it_was_told_and_forgets_the_oldest() {
        let mut ring = Ring::new(Track::Level, 10);
        let value = |tick: u64| f64::from(u32::try_from(tick).unwrap());
        for tick in 10..1000 {
            ring.push(&if tick % 7 == 0 { Point::None } else { Point::Number(value(tick)) });
        }
        let read = |ring: &Ring, start, end| -> Vec<(u64, Option<f64>)> {
            let number = |point| if let Point::Number(number) = point { Some(number) } else { None };
            ring.points(start, end).map(|(tick, point)| (tick, number(point))).collect()
        };
        let told = |start, end| -> Vec<(u64, Option<f64>)> {
            (start..end).map(|tick| (tick, (tick % 7 != 0).then(|| value(tick)))).collect()
        };
        assert_eq!(read(&ring, 0, 2000), told(10, 1000));
        assert_eq!(read(&ring, 500, 503), told(500, 503));
        let len = ring.len();
        let freed = ring.forget_before(300);
        assert_eq!(ring.len(), len - freed);
        let kept = read(&ring, 0, 2000);
        assert!(freed > 0 && kept.first().is_some_and(|(tick, _)| *tick <= 300));
        assert_eq!(kept, told(kept[0].0, 1000));
    }
}
