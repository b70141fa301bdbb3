//! Chains of middlewares as requests see them: of routes and of entry points.

use super::PoolId;
use super::upstreams::{Upstream, Upstreams};
use pointsman_middleware::{BuildError, Building, ErrorPages, Middleware};
use pointsman_plan as plan;
use std::sync::Arc;

/// Steps in order.
#[derive(Debug, Default)]
pub struct Chain {
    /// Without error pages, which surround the others.
    pub steps: Box<[Middleware]>,
    /// Authentication servers, by index of their step.
    servers: Box<[(usize, Arc<Upstream>)]>,
}

/// What stands in for certain answers, and where it is.
#[derive(Debug)]
pub struct CompiledPages {
    /// The pages.
    pub pages: ErrorPages,
    /// Their servers, in the same order.
    pub pools: Box<[PoolId]>,
}

/// What requests of an entry point pass.
#[derive(Debug, Default)]
pub struct EntryChains {
    /// Before they are routed.
    pub chain: Chain,
    /// Before they come to what is internal.
    pub guards: Chain,
    /// One of them cannot be built: nobody passes.
    pub closed: bool,
}

impl Chain {
    /// Builds steps; error pages are left out.
    pub(super) fn build<'p>(
        configs: impl IntoIterator<Item = &'p plan::Middleware>,
        building: &mut Building<'_>,
        upstreams: &mut Upstreams,
    ) -> Result<Self, BuildError> {
        let (mut steps, mut servers) = (Vec::new(), Vec::new());
        for config in configs {
            match Middleware::build(config, building)? {
                Middleware::ErrorPages(_) => continue,
                Middleware::ForwardAuth(auth) => {
                    servers.push((steps.len(), upstreams.get(&server(&auth.address, &auth.host))));
                    steps.push(Middleware::ForwardAuth(auth));
                }
                step => steps.push(step),
            }
        }
        Ok(Self { steps: steps.into(), servers: servers.into() })
    }

    /// Whether nothing is done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The server that a step asks.
    #[must_use]
    pub fn server(&self, step: usize) -> Option<&Arc<Upstream>> {
        self.servers.iter().find(|(index, _)| *index == step).map(|(_, server)| server)
    }

    /// Whether it keeps credentials from those behind it.
    #[must_use]
    pub fn hides_credentials(&self) -> bool {
        self.steps.iter().any(|step| match step {
            Middleware::BasicAuth(auth) => auth.identity.remove_header,
            Middleware::DigestAuth(auth) => auth.identity.remove_header,
            _ => false,
        })
    }
}

impl EntryChains {
    /// Builds those of one entry point.
    pub(super) fn build(
        config: &plan::EntryPoint,
        building: &mut Building<'_>,
        upstreams: &mut Upstreams,
    ) -> Result<Self, BuildError> {
        let chain = Chain::build(&config.middlewares, building, upstreams)?;
        let guards = Chain::build(&config.guards, building, upstreams)?;
        Ok(Self { chain, guards, closed: false })
    }

    /// Of an entry point that nobody may pass.
    pub(super) fn closed() -> Self {
        Self { closed: true, ..Self::default() }
    }
}

fn server(address: &str, host: &str) -> plan::Server {
    plan::Server {
        name: String::new(),
        url: format!("http://{host}"),
        scheme: plan::Scheme::Http,
        address: address.to_owned(),
        host: host.to_owned(),
        weight: 1,
    }
}
