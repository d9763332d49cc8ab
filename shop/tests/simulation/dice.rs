//! Where every choice of a history comes from: one number, and the same choices for good, whatever becomes of any
//! library.

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Dice(u64);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Dice {
    /// The dice of one part of a history: leaving out another part does not change what these say.
    pub fn of(seed: u64, part: u64) -> Self {
        let mut dice = Self(seed ^ part.wrapping_mul(STEP).rotate_left(17));
        dice.roll();
        Self(dice.roll() ^ seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of so many, counted from nought.
    pub fn below(&mut self, many: usize) -> usize {
        let many = u64::try_from(many.max(1)).expect("a count fits 64 bits");
        usize::try_from(self.roll() % many).expect("it is less than a count")
    }

    /// Both ends included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let many = usize::try_from(most - least + 1).expect("the ends are in order");
        least + i64::try_from(self.below(many)).expect("it is less than a count")
    }

    /// True so many times of a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// The place of one of these weights, the heavier the likelier.
    pub fn weigh(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        0
    }

    /// In any order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }
}
