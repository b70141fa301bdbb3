//! Expressions about answers.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    NetworkErrorRatio,
    ResponseCodeRatio,
    LatencyAtQuantileMs,
    Attempts,
    ResponseCode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = ">")]
    Greater,
    #[serde(rename = ">=")]
    AtLeast,
    #[serde(rename = "==")]
    Equal,
    #[serde(rename = "!=")]
    Unequal,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    Compare {
        figure: Figure,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        arguments: Vec<i64>,
        operator: Operator,
        value_millionths: i64,
    },
    IsNetworkError {},
    RequestMethod {
        operator: Operator,
        method: String,
    },
    AllOf {
        conditions: Vec<Condition>,
    },
    AnyOf {
        conditions: Vec<Condition>,
    },
}
