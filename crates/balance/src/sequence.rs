//! A whole round of smooth weighted round robin, worked out beforehand and shared by all threads.

use crate::smooth::Smooth;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Longest round kept, in picks of two bytes.
const LONGEST: u64 = 16_384;
#[derive(Debug)]
pub(crate) struct Sequence {
    round: Box<[u16]>,
    weights: Vec<u64>,
    next: AtomicUsize,
    /// Retries go round by themselves: the servers after a dead one shall share its load by their weights.
    retries: AtomicUsize,
}

impl Sequence {
    /// At its beginning; `None` if the round is too long. At least one weight is not 0.
    pub(crate) fn new(weights: &[u64]) -> Option<Self> {
        let length = weights.iter().sum::<u64>();
        if length > LONGEST || weights.len() > usize::from(u16::MAX) {
            return None;
        }
        let mut smooth = Smooth::new(weights.to_vec());
        let round: Option<Box<[u16]>> = (0..length).map(|_| u16::try_from(smooth.pick()).ok()).collect();
        let (next, retries) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Some(Self { round: round?, weights: weights.to_vec(), next, retries })
    }

    /// Goes on from where servers are owed as much, in rounds, as nearly as can be.
    pub(crate) fn continuing(self, owed: &[f64]) -> Self {
        if owed.iter().any(|&rounds| rounds != 0.0) {
            self.next.store(self.nearest(owed), Ordering::Relaxed);
        }
        self
    }

    pub(crate) fn pick(&self) -> usize {
        self.at(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// There is another server with a weight than `avoided`.
    pub(crate) fn pick_avoiding(&self, avoided: usize) -> usize {
        (0..self.round.len())
            .map(|_| self.at(self.retries.fetch_add(1, Ordering::Relaxed)))
            .find(|&index| index != avoided)
            .unwrap_or(avoided)
    }

    fn at(&self, position: usize) -> usize {
        usize::from(self.round[position % self.round.len()])
    }

    /// What each server is owed, in rounds: its part of all picks so far, less those it had.
    pub(crate) fn credits(&self) -> Vec<f64> {
        let position = self.next.load(Ordering::Relaxed) % self.round.len();
        let mut credits: Vec<f64> = self.gains().map(|gain| gain * position as f64).collect();
        self.round[..position].iter().for_each(|&index| credits[usize::from(index)] -= self.pick_of_round());
        credits
    }

    fn pick_of_round(&self) -> f64 {
        1.0 / self.round.len() as f64
    }

    /// What each server gains with every pick, in rounds.
    fn gains(&self) -> impl Iterator<Item = f64> {
        let pick = self.pick_of_round();
        self.weights.iter().map(move |&weight| weight as f64 * pick * pick)
    }

    /// The place in the round whose credits differ least, by the sum of squares, from what is owed.
    fn nearest(&self, owed: &[f64]) -> usize {
        let (pick, gains) = (self.pick_of_round(), self.gains().collect::<Vec<_>>());
        let mut differences: Vec<f64> = owed.iter().map(|rounds| -rounds).collect();
        // With every pick all differences grow by their gains, and one falls by a pick. Sums of squares and of products
        // with the gains follow that without adding up all servers again.
        let square: f64 = gains.iter().map(|gain| gain * gain).sum();
        let mut squares: f64 = differences.iter().map(|difference| difference * difference).sum();
        let mut products: f64 = differences.iter().zip(&gains).map(|(difference, gain)| difference * gain).sum();
        let mut best = (f64::INFINITY, 0);
        for (position, &picked) in self.round.iter().enumerate() {
            if squares < best.0 {
                best = (squares, position);
            }
            let picked = usize::from(picked);
            squares += 2.0 * products + square;
            products += square;
            let difference = differences[picked] + gains[picked] * (position + 1) as f64;
            squares += pick * (pick - 2.0 * difference);
            products -= pick * gains[picked];
            differences[picked] -= pick;
        }
        best.1
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_round_goes_on_where_it_was() {
        for weights in [&[1, 1, 1][..], &[5, 3, 2], &[1, 99], &[13, 0, 7, 64, 1], &[9_000, 7_001, 1]] {
            let sequence = Sequence::new(weights).unwrap();
            for position in (0..sequence.round.len()).step_by(1 + sequence.round.len() / 50) {
                sequence.next.store(position, Ordering::Relaxed);
                let next = Sequence::new(weights).unwrap().continuing(&sequence.credits());
                assert_eq!(next.next.load(Ordering::Relaxed), position, "{weights:?}");
            }
        }
    }
}
