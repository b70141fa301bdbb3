//! Smooth weighted round robin, one pick at a time: each server gains its weight, the richest is picked and pays the sum.

use crate::Share;

/// Weights divided by their greatest common divisor.
pub(crate) fn reduced(shares: &[Share]) -> Vec<u64> {
    let divisor = shares.iter().fold(0, |divisor, share| gcd(divisor, u64::from(share.weight))).max(1);
    shares.iter().map(|share| u64::from(share.weight) / divisor).collect()
}

/// Greatest common divisor; of 0 and n it is n.
pub(crate) fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[derive(Debug)]
pub(crate) struct Smooth {
    weights: Vec<u64>,
    total: i64,
    /// Their sum is 0.
    credits: Vec<i64>,
    retries: Vec<i64>,
}

impl Smooth {
    /// At its beginning. At least one weight is not 0.
    pub(crate) fn new(weights: Vec<u64>) -> Self {
        let total = weights.iter().sum::<u64>() as i64;
        let credits = vec![0; weights.len()];
        Self { weights, total, credits, retries: Vec::new() }
    }

    /// At a point where servers are owed as much, in rounds, as nearly as can be.
    pub(crate) fn continuing(weights: Vec<u64>, owed: &[f64]) -> Self {
        let mut smooth = Self::new(weights);
        let limit = smooth.total as f64;
        for ((credit, weight), rounds) in smooth.credits.iter_mut().zip(&smooth.weights).zip(owed) {
            if *weight > 0 {
                *credit = (rounds * limit).round().clamp(-limit, limit) as i64;
            }
        }
        smooth.settle();
        smooth
    }

    /// Shares out what the credits' sum differs from 0.
    fn settle(&mut self) {
        let weighty = self.weights.iter().filter(|&&weight| weight > 0).count() as i64;
        let mut excess: i64 = self.credits.iter().sum();
        let each = excess / weighty.max(1);
        for (credit, _) in self.credits.iter_mut().zip(&self.weights).filter(|(_, weight)| **weight > 0) {
            *credit -= each;
            excess -= each;
        }
        if let Some(first) = self.weights.iter().position(|&weight| weight > 0) {
            self.credits[first] -= excess;
        }
    }

    pub(crate) fn pick(&mut self) -> usize {
        choose(&mut self.credits, &self.weights, None)
    }

    /// Whose turn it is among the others, for which retries have accounts of their own.
    pub(crate) fn pick_avoiding(&mut self, avoided: usize) -> usize {
        self.retries.resize(self.weights.len(), 0);
        choose(&mut self.retries, &self.weights, Some(avoided))
    }

    /// What each server is owed, in rounds.
    pub(crate) fn credits(&self) -> Vec<f64> {
        self.credits.iter().map(|&credit| credit as f64 / self.total as f64).collect()
    }
}

/// Everyone but `avoided` gains their weight; the richest, among equals the first, pays the sum and is chosen.
fn choose(credits: &mut [i64], weights: &[u64], avoided: Option<usize>) -> usize {
    let mut paid = 0;
    let mut best: Option<usize> = None;
    for (index, &weight) in weights.iter().enumerate() {
        if weight == 0 || Some(index) == avoided {
            continue;
        }
        paid += weight as i64;
        credits[index] += weight as i64;
        if best.is_none_or(|best| credits[index] > credits[best]) {
            best = Some(index);
        }
    }
    let best = best.unwrap_or_default();
    credits[best] -= paid;
    best
}
