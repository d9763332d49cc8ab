//! How many different people several instances have seen together, without any of them knowing who they are. Each
//! person is a number that looks random; a sketch keeps the least of them. Sketches put together are the sketch of
//! everybody, so that whoever was at two instances counts once.

use std::collections::BTreeSet;

/// Fewer people than this are counted exactly; more, within a few in a hundred.
pub const EXACT: usize = 4_096;

/// The least numbers of those who were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch(BTreeSet<u64>);

impl Sketch {
    pub fn add(&mut self, person: u64) {
        if self.0.len() >= EXACT && self.0.last().is_some_and(|largest| person >= *largest) {
            return;
        }
        if self.0.insert(person) && self.0.len() > EXACT {
            self.0.pop_last();
        }
    }

    pub fn add_all(&mut self, other: &Sketch) {
        other.0.iter().for_each(|person| self.add(*person));
    }

    pub fn count(&self) -> u64 {
        match self.0.last() {
            // The least 4,096 of n numbers reach as far as 4,096 n-ths of all there are.
            Some(largest) if self.0.len() >= EXACT => {
                let share = (u128::from(u64::MAX) + 1) * (EXACT as u128 - 1) / u128::from((*largest).max(1));
                u64::try_from(share).unwrap_or(u64::MAX)
            }
            _ => self.0.len() as u64,
        }
    }

    /// Eight bytes a number.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|person| person.to_be_bytes()).collect()
    }

    /// What another instance wrote; bytes that are no whole number are left out.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut sketch = Self::default();
        let numbers = bytes.chunks_exact(8).filter_map(|chunk| chunk.try_into().ok().map(u64::from_be_bytes));
        numbers.for_each(|person| sketch.add(person));
        sketch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are always the same (SplitMix64).
    fn person(number: u64) -> u64 {
        let mut x = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn sketch(people: impl IntoIterator<Item = u64>) -> Sketch {
        let mut sketch = Sketch::default();
        people.into_iter().for_each(|number| sketch.add(person(number)));
        sketch
    }

    #[test]
    fn a_few_thousand_people_are_counted_exactly_and_nobody_twice() {
        for people in [0, 1, 999, 1_000, 1_001, 4_095] {
            assert_eq!(sketch((0..people).chain(0..people)).count(), people);
        }
    }

    #[test]
    fn a_crowd_is_counted_within_five_in_a_hundred() {
        for people in [5_000u64, 20_000, 131_072] {
            let counted = sketch(0..people).count();
            assert!(counted.abs_diff(people) * 20 < people, "{people}: {counted}");
        }
    }

    #[test]
    fn whoever_was_at_two_instances_counts_once() {
        let (mut all, other) = (sketch(0..900), sketch(600..1_200));
        all.add_all(&Sketch::from_bytes(&other.to_bytes()));
        assert_eq!(all.count(), 1_200);
        let (mut crowd, more) = (sketch(0..30_000), sketch(15_000..45_000));
        crowd.add_all(&more);
        assert_eq!(crowd, sketch(0..45_000), "what is put together is the sketch of all");
    }

    #[test]
    fn a_sketch_comes_back_as_it_went_and_stays_small() {
        let crowd = sketch(0..100_000);
        assert_eq!(crowd.to_bytes().len(), EXACT * 8);
        assert_eq!(Sketch::from_bytes(&crowd.to_bytes()), crowd);
        assert_eq!(Sketch::from_bytes(&[1, 2, 3]), Sketch::default());
    }
}
