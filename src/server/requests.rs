//! Counts requests by door, route and outcome, and the time that answers took to begin.
//!
//! Never locks where a request is counted: a route has its place once and for all, found by its name.
//! Never counts by the path that was asked for, which strangers choose, but by the route that it is.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::http::{Method, StatusCode};

use crate::runtime::Histogram;

/// Places for routes, each with a method; what finds none is counted together with others.
const ROUTES_MAX: usize = 1_024;
/// Places in which a route is looked for.
const PROBES_MAX: usize = 32;
/// What stands for the route where a request fits none.
const NO_ROUTE: &str = "none";
/// Upper bounds of the buckets of times, in microseconds.
const ANSWER_MICROSECONDS: &[u64] = &[
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    10_000_000,
];
/// The classes of statuses.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What requests this server has answered since its start.
#[derive(Debug)]
pub struct Requests {
    places: Box<[OnceLock<Route>]>,
    /// Those of routes without a place.
    others: Route,
}

/// A route with a method, and what became of the requests to it.
#[derive(Debug)]
pub struct Route {
    /// The door that it belongs to.
    pub door: Door,
    /// The method, `OTHER` for those that nobody uses.
    pub method: &'static str,
    /// The route as it is written, with names for what varies.
    pub template: Box<str>,
    by_class: [AtomicU64; CLASSES.len()],
    /// Time until the answer began.
    pub time: Histogram,
}

/// Through what a request comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// REST, and the live stream.
    Api,
    /// What pages ask for.
    Calls,
    /// Pages, and everything else.
    Pages,
    /// Built files.
    Files,
    /// Health and readiness.
    Health,
}

impl Door {
    /// The door that `path` leads to.
    pub fn of(path: &str) -> Self {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        match first {
            "api" => Self::Api,
            "call" => Self::Calls,
            "pkg" | "fonts" => Self::Files,
            "healthz" | "readyz" => Self::Health,
            _ => Self::Pages,
        }
    }

    /// One word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Calls => "calls",
            Self::Pages => "pages",
            Self::Files => "files",
            Self::Health => "health",
        }
    }
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            places: (0..ROUTES_MAX).map(|_| OnceLock::new()).collect(),
            others: Route::new(Door::Pages, "OTHER", "other"),
        }
    }
}

impl Requests {
    /// Counts a request: where it came in, the route that it was (`None` for none), how it was
    /// answered and after what time.
    pub fn count(
        &self,
        (door, method): (Door, &Method),
        template: Option<&str>,
        status: StatusCode,
        time: Duration,
    ) {
        let route = self.route(door, word(method), template.unwrap_or(NO_ROUTE));
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        route.by_class[class].fetch_add(1, Relaxed);
        route.time.add_time(time);
    }

    /// The routes that were asked for.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        let others = [&self.others].into_iter().filter(|others| others.by_class().next().is_some());
        self.places.iter().filter_map(OnceLock::get).chain(others)
    }

    fn route(&self, door: Door, method: &'static str, template: &str) -> &Route {
        let mut hasher = DefaultHasher::new();
        (door, method, template).hash(&mut hasher);
        let first = usize::try_from(hasher.finish() % ROUTES_MAX as u64).unwrap_or(0);
        (first..first + PROBES_MAX)
            .map(|place| {
                self.places[place % ROUTES_MAX].get_or_init(|| Route::new(door, method, template))
            })
            .find(|route| {
                route.door == door && route.method == method && &*route.template == template
            })
            .unwrap_or(&self.others)
    }
}

impl Route {
    fn new(door: Door, method: &'static str, template: &str) -> Self {
        Self {
            door,
            method,
            template: template.into(),
            by_class: Default::default(),
            time: Histogram::of_microseconds(ANSWER_MICROSECONDS),
        }
    }

    /// The classes of statuses that were answered, and how often.
    pub fn by_class(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.by_class.iter().map(|count| count.load(Relaxed));
        CLASSES.into_iter().zip(counts).filter(|(_, count)| *count > 0)
    }
}

/// The method, where it is one that is used: others are made up by strangers.
fn word(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(requests: &Requests, template: &str, status: u16) {
        let status = StatusCode::from_u16(status).expect("a status");
        let from = (Door::Api, &Method::GET);
        requests.count(from, Some(template), status, Duration::from_millis(3));
    }

    #[test]
    fn requests_of_one_route_are_counted_together_and_by_class() {
        let requests = Requests::default();
        for status in [200, 204, 404, 503] {
            count(&requests, "/tasks/{key}", status);
        }
        let routes: Vec<&Route> = requests.routes().collect();
        assert_eq!(routes.len(), 1);
        let classes: Vec<_> = routes[0].by_class().collect();
        assert_eq!(classes, [("2xx", 2), ("4xx", 1), ("5xx", 1)]);
        assert_eq!(routes[0].time.buckets()[2], (0.005, 4));
    }

    #[test]
    fn more_routes_than_there_are_places_are_counted_and_cost_no_more() {
        let requests = Requests::default();
        for number in 0..4 * ROUTES_MAX {
            count(&requests, &format!("/{number}"), 200);
        }
        let routes: Vec<&Route> = requests.routes().collect();
        assert!(routes.len() <= ROUTES_MAX + 1, "{}", routes.len());
        let all: u64 = routes.iter().flat_map(|route| route.by_class()).map(|(_, n)| n).sum();
        assert_eq!(all, 4 * ROUTES_MAX as u64);
    }

    #[test]
    fn a_method_that_somebody_made_up_makes_no_series_of_its_own() {
        let made_up = Method::from_bytes(b"X-7F3A").expect("a token");
        assert_eq!(word(&made_up), "OTHER");
    }

    #[test]
    fn a_door_is_found_by_the_first_part_of_the_path() {
        for (path, door) in [
            ("/api/v1/me", Door::Api),
            ("/call/tasks/open", Door::Calls),
            ("/pkg/spartito.css", Door::Files),
            ("/readyz", Door::Health),
            ("/tasks", Door::Pages),
            ("/apifoo", Door::Pages),
            ("/", Door::Pages),
        ] {
            assert_eq!(Door::of(path), door, "{path}");
        }
    }
}
