//! What each piece of an order was paid with, after the discount. A function of the order alone: whatever is
//! refunded first, in however many steps, all pieces together give back exactly what was paid.

use crate::id::ProductId;
use crate::money::Won;

/// One line of an order, as far as its price goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricedLine {
    pub product_id: ProductId,
    pub unit_price: Won,
    pub quantity: i64,
}

/// What the pieces of one line were paid with: the first `dearer` of them a won more than the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineShares {
    each: i64,
    dearer: i64,
}

impl LineShares {
    /// What `count` pieces were paid with, the ones after the first `before`.
    pub fn amount(self, before: i64, count: i64) -> Won {
        let dearer = (before + count).min(self.dearer) - before.min(self.dearer);
        Won::new(self.each * count + dearer)
    }
}

/// Shares `paid` among all pieces by the largest remainder: each gets its part of it by price, rounded down, and the
/// won that are left over go to the pieces that lost most by rounding; of equal ones, to the earlier line.
///
/// `paid` is at most what the lines cost, and the lines cost something.
pub fn share_out(paid: Won, lines: &[PricedLine]) -> Vec<LineShares> {
    // Wide, because a product of two amounts may pass 64 bits.
    let (paid, total) = (i128::from(paid.get()), total_of(lines));
    let part = |line: &PricedLine| paid * i128::from(line.unit_price.get());
    let mut shares: Vec<LineShares> =
        lines.iter().map(|line| LineShares { each: narrow(part(line) / total), dearer: 0 }).collect();
    let given: i64 = shares.iter().zip(lines).map(|(share, line)| share.each * line.quantity).sum();
    let mut left = narrow(paid) - given;
    let mut order: Vec<usize> = (0..lines.len()).collect();
    // A stable sort: equal remainders stay in the order of their lines.
    order.sort_by_key(|place| std::cmp::Reverse(part(&lines[*place]) % total));
    for place in order {
        let dearer = left.min(lines[place].quantity);
        shares[place].dearer = dearer;
        left -= dearer;
    }
    shares
}

fn total_of(lines: &[PricedLine]) -> i128 {
    lines.iter().map(|line| i128::from(line.unit_price.get()) * i128::from(line.quantity)).sum()
}

fn narrow(won: i128) -> i64 {
    i64::try_from(won).expect("a part of what was paid fits 64 bits, as that does")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(asked: &[(i64, i64)]) -> Vec<PricedLine> {
        (1..)
            .zip(asked)
            .map(|(product, (price, quantity))| PricedLine {
                product_id: ProductId::new(product),
                unit_price: Won::new(*price),
                quantity: *quantity,
            })
            .collect()
    }

    /// The share of every piece, line by line.
    fn pieces(paid: i64, asked: &[(i64, i64)]) -> Vec<Vec<i64>> {
        let lines = lines(asked);
        let shares = share_out(Won::new(paid), &lines);
        let of_line =
            |(line, share): (&PricedLine, LineShares)| (0..line.quantity).map(|n| share.amount(n, 1).get()).collect();
        lines.iter().zip(shares).map(of_line).collect()
    }

    #[test]
    fn each_piece_has_its_part_and_what_is_left_goes_to_the_largest_remainder() {
        type Row = (i64, &'static [(i64, i64)], &'static [&'static [i64]]);
        let table: [Row; 7] = [
            // Without a discount each piece is worth its price.
            (2_900, &[(1_200, 2), (500, 1)], &[&[1_200, 1_200], &[500]]),
            // 10 % of 2,900 off: 1,080, 1,080 and 450, with nothing left over.
            (2_610, &[(1_200, 2), (500, 1)], &[&[1_080, 1_080], &[450]]),
            // 1,000 off 2,900: 786.2…, 786.2… and 327.5…; the one won goes to the third.
            (1_900, &[(1_200, 2), (500, 1)], &[&[786, 786], &[328]]),
            // Three equal parts of 100: one more for the first.
            (100, &[(100, 3)], &[&[34, 33, 33]]),
            // Equal remainders: the earlier line.
            (1_001, &[(1_000, 1), (1_000, 1)], &[&[501], &[500]]),
            // Fewer won than pieces.
            (1, &[(500, 2), (500, 2)], &[&[1, 0], &[0, 0]]),
            (3, &[(100, 2), (900, 2)], &[&[0, 0], &[2, 1]]),
        ];
        for (paid, asked, expected) in table {
            assert_eq!(pieces(paid, asked), expected, "{paid} of {asked:?}");
        }
    }

    prop_compose! {
        /// An order as there may be one: at most 30 pieces, at most 10 of a product, a discount that leaves something.
        fn any_order()(
            asked in prop::collection::vec((1i64..=1_000_000, 1i64..=10), 1..=12),
            kept in 1i64..=1_000_000,
        ) -> (i64, Vec<(i64, i64)>) {
            let mut room = 30;
            let mut asked: Vec<(i64, i64)> = asked.into_iter().map(|(hundreds, quantity)| (hundreds * 100, quantity)).collect();
            asked.retain_mut(|(_, quantity)| {
                *quantity = (*quantity).min(room);
                room -= *quantity;
                *quantity > 0
            });
            let total: i64 = asked.iter().map(|(price, quantity)| price * quantity).sum();
            let paid = i64::try_from(i128::from(total) * i128::from(kept) / 1_000_000).expect("less than the total");
            (paid.max(1), asked)
        }
    }

    proptest! {
        #[test]
        fn all_pieces_together_are_exactly_what_was_paid((paid, asked) in any_order()) {
            let sum: i64 = pieces(paid, &asked).into_iter().flatten().sum();
            prop_assert_eq!(sum, paid);
        }

        #[test]
        fn no_piece_is_a_whole_won_off_its_part_or_dearer_than_its_price((paid, asked) in any_order()) {
            let total: i128 = asked.iter().map(|(price, quantity)| i128::from(price * quantity)).sum();
            for ((price, _), shares) in asked.iter().zip(pieces(paid, &asked)) {
                for share in shares {
                    let exact = i128::from(paid) * i128::from(*price);
                    prop_assert!((i128::from(share) * total - exact).abs() < total, "{} of {}", share, price);
                    prop_assert!((0..=*price).contains(&share));
                }
            }
        }

        #[test]
        fn nobody_with_a_smaller_remainder_got_the_won_of_one_with_a_larger((paid, asked) in any_order()) {
            let total: i128 = asked.iter().map(|(price, quantity)| i128::from(price * quantity)).sum();
            let mut by_remainder = Vec::new();
            for ((price, _), shares) in asked.iter().zip(pieces(paid, &asked)) {
                let exact = i128::from(paid) * i128::from(*price);
                for share in shares {
                    by_remainder.push((exact % total, i128::from(share) > exact / total));
                }
            }
            let least_up = by_remainder.iter().filter(|(_, up)| *up).map(|(rest, _)| *rest).min();
            let most_down = by_remainder.iter().filter(|(_, up)| !*up).map(|(rest, _)| *rest).max();
            if let (Some(up), Some(down)) = (least_up, most_down) {
                prop_assert!(up >= down, "{} was rounded up and {} was not", up, down);
            }
        }

        /// In any steps, in any order of lines.
        #[test]
        fn partial_refunds_in_any_order_give_back_exactly_what_was_paid(
            (paid, asked) in any_order(),
            picks in prop::collection::vec((any::<prop::sample::Index>(), 1i64..=10), 0..60),
        ) {
            let lines = lines(&asked);
            let shares = share_out(Won::new(paid), &lines);
            let mut refunded = vec![0; lines.len()];
            let mut back = 0;
            let rest = (0..lines.len()).map(|place| (place, 10));
            for (place, count) in picks.iter().map(|(pick, count)| (pick.index(lines.len()), *count)).chain(rest) {
                let count = count.min(lines[place].quantity - refunded[place]);
                back += shares[place].amount(refunded[place], count).get();
                refunded[place] += count;
                prop_assert!(back <= paid);
            }
            prop_assert_eq!(back, paid);
        }
    }
}
