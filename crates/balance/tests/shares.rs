//! Every server gets its share, in every stretch of picks, from all threads together, and over reloads.
#![allow(clippy::unwrap_used)]

use pointsman_balance::{Balancer, Method, Share};
use proptest::prelude::*;
use std::collections::HashMap;

fn shares(weights: &[u32]) -> Vec<Share> {
    (0..).zip(weights).map(|(identity, &weight)| Share { identity, weight }).collect()
}

fn round(weights: &[u32]) -> usize {
    let gcd = weights.iter().fold(0, |a, &b| gcd(a, b));
    weights.iter().sum::<u32>() as usize / gcd.max(1) as usize
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn names(balancer: &Balancer, picks: usize) -> String {
    (0..picks).map(|_| char::from(b'A' + u8::try_from(balancer.pick().unwrap()).unwrap())).collect()
}

#[test]
fn rounds_are_smooth() {
    for (weights, expected) in [
        (&[1, 1, 1][..], "ABCABC"),
        (&[3, 1], "AABAAABA"),
        (&[5, 1, 1], "AABACAAAABACAA"),
        (&[2, 0, 2], "ACAC"),
        (&[99_999, 0, 99_999], "ACAC"),
        (&[4096, 4096], "ABAB"),
    ] {
        assert_eq!(names(&Balancer::new(Method::Wrr, &shares(weights)), expected.len()), expected, "{weights:?}");
    }
}

#[test]
fn nobody_without_weight_is_picked() {
    for method in [Method::Wrr, Method::Drr] {
        for weights in [&[][..], &[0], &[0, 0]] {
            let balancer = Balancer::new(method, &shares(weights));
            assert_eq!((balancer.pick(), balancer.pick_avoiding(0), balancer.len()), (None, None, weights.len()));
        }
    }
}

#[test]
fn retries_go_elsewhere_and_share_the_load() {
    for method in [Method::Wrr, Method::Drr] {
        let balancer = Balancer::new(method, &shares(&[1, 1, 1, 0]));
        let mut tries = HashMap::new();
        for _ in 0..300 {
            let first = balancer.pick().unwrap();
            let second = if first == 0 { balancer.pick_avoiding(0).unwrap() } else { first };
            *tries.entry(second).or_insert(0) += 1;
        }
        assert_eq!(tries, HashMap::from([(1, 150), (2, 150)]), "{method:?}");
        let only = Balancer::new(method, &shares(&[0, 7]));
        assert_eq!((only.pick_avoiding(1), only.pick_avoiding(0)), (Some(1), Some(1)));
    }
}

#[test]
fn a_reload_does_not_begin_again_with_the_first() {
    let old = Balancer::new(Method::Wrr, &shares(&[1, 1, 1]));
    assert_eq!(names(&old, 2), "AB");
    assert_eq!(names(&old.with_servers(Method::Wrr, &shares(&[1, 1, 1])), 3), "CAB");
    let more = old.with_servers(Method::Wrr, &shares(&[1, 1, 1, 1]));
    assert!(names(&more, 2).contains('C'), "C has waited longest");
}

#[test]
fn a_canary_does_not_starve_under_reloads() {
    // A new replica comes or goes every ten requests: the canary, server 0 with one of a hundred parts, still gets its due.
    let mut balancer = Balancer::new(Method::Wrr, &shares(&[2, 99, 99]));
    let mut canary = 0;
    for reload in 0..100 {
        canary += (0..10).filter(|_| balancer.pick() == Some(0)).count();
        let weights: &[u32] = if reload % 2 == 0 { &[2, 99, 99, 0] } else { &[2, 99, 99] };
        balancer = balancer.with_servers(Method::Wrr, &shares(weights));
    }
    assert!((8..=12).contains(&canary), "{canary} of 1000, 10 wanted");
}

#[test]
fn all_threads_together_get_exact_shares() {
    for weights in [&[5, 3, 2][..], &[49_999, 30_011, 20_010]] {
        let balancer = Balancer::new(Method::Wrr, &shares(weights));
        let (threads, each) = (4, round(weights));
        let counts: Vec<_> = (0..weights.len()).map(|_| std::sync::atomic::AtomicUsize::new(0)).collect();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for _ in 0..each {
                        counts[balancer.pick().unwrap()].fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                });
            }
        });
        let found: Vec<_> = counts.into_iter().map(std::sync::atomic::AtomicUsize::into_inner).collect();
        let wanted: Vec<_> = weights.iter().map(|&weight| weight as usize * threads).collect();
        assert_eq!(found, wanted);
    }
}

/// One second of traffic: every server answers once, with its status.
fn second(balancer: &Balancer, now_ms: u64, statuses: &[u16]) {
    for (index, &status) in statuses.iter().enumerate() {
        balancer.report(index, status, now_ms);
    }
}

#[test]
fn drr_turns_away_from_errors_and_comes_back() {
    let balancer = Balancer::new(Method::Drr, &shares(&[1, 1, 1]));
    assert!(balancer.wants_reports() && !Balancer::new(Method::Wrr, &shares(&[1])).wants_reports());
    let share_of_last = |balancer: &Balancer| (0..900).filter(|_| balancer.pick() == Some(2)).count();
    (0..9).for_each(|now| second(&balancer, now * 1_000, &[200, 200, 502]));
    assert_eq!(share_of_last(&balancer), 300, "not warm yet");
    second(&balancer, 9_000, &[200, 200, 502]);
    assert_eq!(share_of_last(&balancer), 100, "4 : 4 : 1");
    (10..19).for_each(|now| second(&balancer, now * 1_000, &[200, 200, 502]));
    assert_eq!(share_of_last(&balancer), 100, "ten seconds between changes");
    second(&balancer, 19_001, &[200, 200, 502]);
    assert!((27..=28).contains(&share_of_last(&balancer)), "16 : 16 : 1");
    let kept = balancer.with_servers(Method::Drr, &shares(&[1, 1, 1]));
    assert!((27..=28).contains(&share_of_last(&kept)), "over a reload too");
    (20..80).for_each(|now| second(&kept, now * 1_000, &[200, 200, 200]));
    assert!((299..=300).contains(&share_of_last(&kept)), "what it was owed meanwhile is not forgotten");
}

#[test]
fn drr_does_not_wait_for_who_gets_nothing() {
    let balancer = Balancer::new(Method::Drr, &shares(&[1, 0, 1]));
    for now in 0..=9 {
        balancer.report(0, 200, now * 1_000);
        balancer.report(2, 502, now * 1_000);
    }
    balancer.report(0, 200, 9_001);
    let counts = (0..500).fold([0; 3], |mut counts, _| {
        counts[balancer.pick().unwrap()] += 1;
        counts
    });
    assert_eq!(counts, [400, 0, 100]);
}

#[test]
fn drr_never_raises_a_weight_over_4096() {
    let balancer = Balancer::new(Method::Drr, &shares(&[1, 1, 1]));
    (0..200).for_each(|now| second(&balancer, now * 1_000, &[200, 200, 502]));
    let last = (0..81_930).filter(|_| balancer.pick() == Some(2)).count();
    assert_eq!(last, 10, "4096 : 4096 : 1");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_window_holds_the_exact_shares(
        weights in prop::collection::vec(0_u32..60, 1..7).prop_filter("somebody", |w| w.iter().any(|&x| x > 0)),
        start in 0_usize..500,
    ) {
        let balancer = Balancer::new(Method::Wrr, &shares(&weights));
        let length = round(&weights);
        let picks: Vec<_> = (0..start + 2 * length).map(|_| balancer.pick().unwrap()).collect();
        let sum: u32 = weights.iter().sum();
        for window in picks[start.min(length)..].windows(length) {
            for (index, &weight) in weights.iter().enumerate() {
                let count = window.iter().filter(|&&pick| pick == index).count();
                prop_assert_eq!(count, weight as usize * length / sum as usize);
            }
        }
    }

    #[test]
    fn nobody_is_ever_more_than_one_round_of_neighbours_behind(
        weights in prop::collection::vec(1_u32..60, 1..7),
    ) {
        let balancer = Balancer::new(Method::Wrr, &shares(&weights));
        let (length, sum) = (round(&weights), f64::from(weights.iter().sum::<u32>()));
        let mut counts = vec![0_u32; weights.len()];
        for picks in 1..=length {
            counts[balancer.pick().unwrap()] += 1;
            for (count, &weight) in counts.iter().zip(&weights) {
                let due = picks as f64 * f64::from(weight) / sum;
                prop_assert!((due - f64::from(*count)).abs() <= weights.len() as f64, "{weights:?} after {picks}");
            }
        }
    }

    #[test]
    fn any_chain_of_reloads_yields_sound_balancers(
        chain in prop::collection::vec(
            (any::<bool>(), prop::collection::vec((0_u64..5, prop::sample::select(vec![0_u32, 1, 3, 40_000, u32::MAX])), 0..6), 0_usize..50),
            1..6,
        ),
    ) {
        let mut balancer = Balancer::new(Method::Wrr, &[]);
        for (drr, servers, picks) in chain {
            let method = if drr { Method::Drr } else { Method::Wrr };
            let list: Vec<_> = servers.iter().map(|&(identity, weight)| Share { identity, weight }).collect();
            balancer = balancer.with_servers(method, &list);
            for now in 0..picks {
                match balancer.pick() {
                    None => prop_assert!(list.iter().all(|share| share.weight == 0)),
                    Some(index) => {
                        prop_assert!(list[index].weight > 0);
                        balancer.report(index, 502, now as u64 * 700);
                    }
                }
            }
        }
    }
}
