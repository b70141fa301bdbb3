//! Whether a buffered request is sent again, by the answer to it.

use crate::figures::Comparison;
use pointsman_plan::{Condition, Figure, Operator};

/// An answer to a buffered request.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// 1 for the first.
    pub number: u32,
    /// Of the answer.
    pub status: u16,
    /// Of the request.
    pub method: &'a [u8],
}

impl Attempt<'_> {
    /// Whether the condition of a buffer's retries holds. What asks about many answers never does.
    #[must_use]
    pub fn meets(self, condition: &Condition) -> bool {
        match condition {
            Condition::Compare { figure, operator, value_millionths, .. } => {
                let number = match figure {
                    Figure::Attempts => self.number,
                    Figure::ResponseCode => u32::from(self.status),
                    Figure::NetworkErrorRatio | Figure::ResponseCodeRatio | Figure::LatencyAtQuantileMs => {
                        return false;
                    }
                };
                Comparison::new(*operator, *value_millionths).holds(f64::from(number))
            }
            Condition::IsNetworkError {} => matches!(self.status, 502 | 504),
            Condition::RequestMethod { operator: Operator::Equal, method } => self.method == method.as_bytes(),
            Condition::RequestMethod { operator: Operator::Unequal, method } => self.method != method.as_bytes(),
            Condition::RequestMethod { .. } => false,
            Condition::AllOf { conditions } => conditions.iter().all(|inner| self.meets(inner)),
            Condition::AnyOf { conditions } => conditions.iter().any(|inner| self.meets(inner)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(figure: Figure, operator: Operator, value: i64) -> Condition {
        Condition::Compare { figure, arguments: Vec::new(), operator, value_millionths: value * 1_000_000 }
    }

    fn method(operator: Operator) -> Condition {
        Condition::RequestMethod { operator, method: "GET".to_owned() }
    }

    #[test]
    fn conditions_hold_of_one_answer() {
        let get = Attempt { number: 2, status: 502, method: b"GET" };
        for (condition, holds) in [
            (Condition::IsNetworkError {}, true),
            (compare(Figure::Attempts, Operator::AtMost, 2), true),
            (compare(Figure::Attempts, Operator::Less, 2), false),
            (compare(Figure::ResponseCode, Operator::Equal, 502), true),
            (compare(Figure::ResponseCode, Operator::Unequal, 502), false),
            (compare(Figure::NetworkErrorRatio, Operator::AtLeast, 0), false),
            (method(Operator::Equal), true),
            (method(Operator::Unequal), false),
            (method(Operator::Less), false),
        ] {
            assert_eq!(get.meets(&condition), holds, "{condition:?}");
        }
        let both = vec![Condition::IsNetworkError {}, method(Operator::Unequal)];
        assert!(!get.meets(&Condition::AllOf { conditions: both.clone() }));
        assert!(get.meets(&Condition::AnyOf { conditions: both }));
        let fine = Attempt { status: 200, ..get };
        assert!(!fine.meets(&Condition::IsNetworkError {}));
    }
}
