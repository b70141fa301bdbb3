//! A whole round of smooth weighted round robin, worked out beforehand and shared by all threads.

use crate::smooth::Smooth;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Longest round kept, in picks of two bytes.
const LONGEST: u64 = 16_384;
/// Most work, in picks times servers, that is spent to find where an old round goes on in a new one.
const SEARCH: usize = 1 << 20;

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
        if owed.iter().any(|&rounds| rounds != 0.0) && self.round.len() * self.weights.len() <= SEARCH {
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

    /// What each server is owed, in rounds.
    pub(crate) fn credits(&self) -> Vec<f64> {
        let position = self.next.load(Ordering::Relaxed) % self.round.len();
        let mut credits = vec![0.0; self.weights.len()];
        self.round[..position].iter().for_each(|&index| self.step(&mut credits, index));
        credits
    }

    /// Everyone gains their part of a round; the picked server pays one pick of it.
    fn step(&self, credits: &mut [f64], picked: u16) {
        let pick = 1.0 / self.round.len() as f64;
        credits.iter_mut().zip(&self.weights).for_each(|(credit, &weight)| *credit += weight as f64 * pick * pick);
        credits[usize::from(picked)] -= pick;
    }

    fn nearest(&self, owed: &[f64]) -> usize {
        let mut credits = vec![0.0; self.weights.len()];
        let mut best = (f64::INFINITY, 0);
        for (position, &picked) in self.round.iter().enumerate() {
            let distance: f64 = credits.iter().zip(owed).map(|(have, want)| (have - want) * (have - want)).sum();
            if distance < best.0 {
                best = (distance, position);
            }
            self.step(&mut credits, picked);
        }
        best.1
    }
}
