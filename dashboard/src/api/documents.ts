// Made by `make golden` from /api/v2/openapi.json. Not edited by hand.

/** The request. */
export interface Asked {
  entryPoint: string;
  method: string;
  host: string;
  path: string;
  query: string;
}

/** A backend, and what became of it. */
export interface Backend {
  name: string;
  provider: string;
  backend: string;
  method: string;
  serverCount: number;
  down: number;
  servers: Server[];
  options: Step[];
  routers: number;
  state: "absent" | "active" | "down" | "empty" | "refusing";
  problems: Problem[];
}

/** A backend with all its servers, and who uses it. */
export interface BackendDetail {
  backend: Backend;
  routers: string[];
  configuration: Record<string, unknown>;
}

/** A page of backends, by name. */
export interface Backends {
  total: number;
  page: number;
  revision: number;
  items: Backend[];
}

/** A certificate that the configuration names. Never its key. */
export interface Certificate {
  source: string;
  entryPoints: string[];
  subject: string;
  issuer: string;
  names: string[];
  notBefore: number;
  notAfter: number;
  error: string;
}

/** All certificates, those that expire first in front. */
export interface Certificates {
  items: Certificate[];
}

/** Where a request goes, and why. */
export interface Decision {
  request: Asked;
  status: number;
  answer: string;
  first: string[];
  winner: Winner | null;
  lost: Lost[];
  missed: Missed[];
  otherHosts: number;
  rejected: Rejected[];
  keptAway: KeptAway[];
  problems: string[];
}

/** Where requests come in. */
export interface EntryPointInfo {
  name: string;
  address: string;
  tls: boolean;
  internal: string[];
  isDefault: boolean;
}

/** Why there is no document. */
export interface Failure {
  message: string;
}

/** An object that wants the request and is not served here: by its class, its namespace or its labels. */
export interface KeptAway {
  provider: string;
  object: string;
  origin: string;
  because: string;
  remedy: string;
}

/** An event of the stream: the last second, and what is going on. */
export interface Live {
  revision: number;
  hostname: string;
  uptime: number;
  total: number;
  codes: Record<string, number>;
  average: number;
  sample: Sample | null;
  first: boolean;
  history: Sample[];
  top: RouterTraffic[];
  router: RouterTraffic | null;
  errors: RecentError[];
}

/** A router that fits too, but comes later. */
export interface Lost {
  provider: string;
  frontend: string;
  origin: string;
  priority: number;
  because: string;
}

/** A router that does not fit. */
export interface Missed {
  provider: string;
  frontend: string;
  origin: string;
  priority: number;
  condition: string;
  because: string;
}

/** The product at a glance. */
export interface Overview {
  version: string;
  hostname: string;
  pid: number;
  revision: number;
  ready: boolean;
  entryPoints: EntryPointInfo[];
  providers: ProviderInfo[];
  routers: number;
  backends: number;
  servers: number;
  errors: number;
  warnings: number;
}

/** What is wrong, where, and the remedy. */
export interface Problem {
  object: string;
  origin: string;
  key: string;
  value: string;
  message: string;
  remedy: string;
  severity: "error" | "warning";
}

/** What one provider brings. */
export interface ProviderInfo {
  name: string;
  routers: number;
  backends: number;
}

/** An answer with a status of 400 or more. */
export interface RecentError {
  time: number;
  status: number;
  method: string;
  host: string;
  path: string;
  router: string;
  server: string;
  reason: string;
  duration: number;
}

/** A frontend or object that is not in force, or not as a whole, and might have been meant. */
export interface Rejected {
  provider: string;
  frontend: string;
  origin: string;
  problems: string[];
}

/** A frontend, and what became of it. */
export interface Router {
  name: string;
  provider: string;
  frontend: string;
  rules: string[];
  priority: number;
  entryPoints: string[];
  backend: string;
  servers: number;
  down: number;
  middlewares: string[];
  state: "absent" | "active" | "down" | "empty" | "refusing";
  origin: string;
  problems: Problem[];
}

/** A router's way from match to servers. */
export interface RouterDetail {
  router: Router;
  matchers: Step[];
  modifiers: Step[];
  middlewares: Step[];
  passHostHeader: boolean;
  refusal: string;
  backend: Backend | null;
  configuration: Record<string, unknown>;
}

/** Traffic of one router in one interval, and since the proxy started. */
export interface RouterTraffic {
  name: string;
  requests: number;
  classes: number[];
  p50: number | null;
  p95: number | null;
  p99: number | null;
  total: number;
  totalErrors: number;
}

/** A page of routers, by name. */
export interface Routers {
  total: number;
  page: number;
  revision: number;
  items: Router[];
}

/** Traffic of one interval. */
export interface Sample {
  time: number;
  requests: number;
  classes: number[];
  bytes: number;
  retries: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  inFlight: number;
  open: number;
}

/** One address of a backend. */
export interface Server {
  name: string;
  url: string;
  weight: number;
  share: number;
  health: "" | "down" | "up";
  reason: string;
}

/** A matcher, modifier, middleware or option, with what it is set to. */
export interface Step {
  name: string;
  settings: Record<string, string>;
}

/** One server, and its share of the requests in percent. */
export interface Target {
  url: string;
  weight: number;
  share: number;
}

/** The router that answers. */
export interface Winner {
  provider: string;
  frontend: string;
  origin: string;
  priority: number;
  conditions: string[];
  modifiers: string[];
  middlewares: string[];
  forwards: string;
  backend: string;
  servers: Target[];
}
