//! Who may ask what of the admin port, and in whose name it goes into the log.
//!
//! In TLS both are what the certificate says. In plain text everybody may do everything, under the name that they give.

use crate::grpc::Caller;
use crate::proto::admin as proto;
use crate::tls::{Identity, Role};
use std::convert::Infallible;
use std::task::{Context, Poll};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::codegen::{BoxFuture, Service};
use tonic::server::NamedService;

/// Lets a request through to a service if whoever asks has the role for it.
#[derive(Clone, Debug)]
pub(super) struct Guard<S>(pub(super) S);

impl<S> Service<Request<Body>> for Guard<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Response<Body>, Infallible>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let method = request.uri().path().rsplit('/').next().unwrap_or_default();
        match check(request.extensions().get(), method) {
            Ok(()) => Box::pin(self.0.call(request)),
            Err(status) => Box::pin(async { Ok(status.into_http()) }),
        }
    }
}

impl<S: NamedService> NamedService for Guard<S> {
    const NAME: &'static str = S::NAME;
}

fn check(caller: Option<&Caller>, method: &str) -> Result<(), Status> {
    let nobody = || Status::permission_denied("nothing is known of whoever asks");
    let Caller { address, identity } = caller.ok_or_else(nobody)?;
    let needed = needed(method);
    let why = match identity {
        None => return Ok(()),
        Some(Identity::Person { role, .. }) if *role >= needed => return Ok(()),
        Some(Identity::Person { name, role }) => format!(
            "{name} is {} {role}; {method} needs {} {needed}: ask one, or get a certificate of that role: \
             baton pki issue person {name} --role {needed}",
            article(*role),
            article(needed)
        ),
        Some(other) => format!("{other} is no person, and {method} is for people"),
    };
    tracing::warn!(%address, method, %why, "refused a request");
    Err(Status::permission_denied(why))
}

/// Returns what a method needs; one that is not in the table needs all there is.
fn needed(method: &str) -> Role {
    NEEDS.iter().find(|(known, _)| *known == method).map_or(Role::Admin, |(_, role)| *role)
}

fn article(role: Role) -> &'static str {
    match role {
        Role::Viewer => "a",
        Role::Operator | Role::Admin => "an",
    }
}

/// Every method, and the least role for it.
const NEEDS: [(&str, Role); 17] = [
    ("Status", Role::Viewer),
    ("ListNodes", Role::Viewer),
    ("ShowNode", Role::Viewer),
    ("ListSwitches", Role::Viewer),
    ("ShowSwitch", Role::Viewer),
    ("History", Role::Viewer),
    ("ListMigrations", Role::Viewer),
    ("ShowMigration", Role::Viewer),
    ("WatchMigrations", Role::Viewer),
    ("CordonNode", Role::Operator),
    ("UncordonNode", Role::Operator),
    ("DrainNode", Role::Operator),
    ("Migrate", Role::Operator),
    ("CancelMigration", Role::Operator),
    ("AddNode", Role::Admin),
    ("RemoveNode", Role::Admin),
    ("SaveSnapshot", Role::Admin),
];

/// A request that goes into the log in somebody's name.
pub(super) trait Claim {
    fn actor(&mut self) -> &mut String;
}

/// Returns what is asked, in the name of whoever's certificate was shown.
pub(super) fn vouched<T: Claim>(request: tonic::Request<T>) -> T {
    let caller = request.extensions().get::<Caller>();
    let name = caller.and_then(|caller| match &caller.identity {
        Some(Identity::Person { name, .. }) => Some(name.clone()),
        _ => None,
    });
    let mut asked = request.into_inner();
    if let Some(name) = name {
        *asked.actor() = name;
    }
    asked
}

macro_rules! claims {
    ($($request:ident),*) => {$(
        impl Claim for proto::$request {
            fn actor(&mut self) -> &mut String {
                &mut self.actor
            }
        }
    )*};
}

claims!(
    AddNodeRequest,
    CancelMigrationRequest,
    CordonNodeRequest,
    DrainNodeRequest,
    MigrateRequest,
    RemoveNodeRequest,
    UncordonNodeRequest
);

#[cfg(test)]
mod tests {
    use super::*;
    use migration::NodeId;
    use tonic::Code;

    fn caller(identity: Option<Identity>) -> Caller {
        Caller { address: "10.0.0.9:4711".parse().unwrap(), identity }
    }

    fn person(role: Role) -> Caller {
        caller(Some(Identity::Person { name: "ann".to_owned(), role }))
    }

    #[test]
    fn the_table_names_every_method_of_the_service_and_no_other() {
        let proto = include_str!("../../proto/admin.proto").lines();
        let methods = proto.filter_map(|line| line.trim().strip_prefix("rpc ")?.split('(').next());
        let mut methods: Vec<&str> = methods.collect();
        let mut known = NEEDS.map(|(method, _)| method);
        methods.sort_unstable();
        known.sort_unstable();
        assert_eq!(methods, known);
    }

    #[test]
    fn each_role_may_do_what_the_lesser_may_and_its_own() {
        for (method, needed) in NEEDS.into_iter().chain([("Unheard", Role::Admin)]) {
            for role in Role::ALL {
                let allowed = check(Some(&person(role)), method).is_ok();
                assert_eq!(allowed, role >= needed, "{role} {method}");
            }
        }
        let refused = check(Some(&person(Role::Viewer)), "DrainNode").unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        assert_eq!(
            refused.message(),
            "ann is a viewer; DrainNode needs an operator: ask one, or get a certificate of that role: \
             baton pki issue person ann --role operator"
        );
    }

    #[test]
    fn only_people_and_plain_text_are_let_through() {
        assert!(check(Some(&caller(None)), "RemoveNode").is_ok());
        assert!(check(None, "Status").is_err());
        let switch = Identity::Switch { name: "s1".to_owned(), dpids: vec![] };
        for other in [Identity::Node(NodeId(1)), switch] {
            let refused = check(Some(&caller(Some(other))), "Status").unwrap_err();
            assert_eq!(refused.code(), Code::PermissionDenied);
        }
    }

    #[test]
    fn a_certificate_overrules_the_name_in_the_request() {
        let asked_by = |caller: Caller| {
            let wish = proto::DrainNodeRequest { actor: "bob".to_owned(), ..Default::default() };
            let mut request = tonic::Request::new(wish);
            request.extensions_mut().insert(caller);
            vouched(request).actor
        };
        assert_eq!(asked_by(person(Role::Operator)), "ann");
        assert_eq!(asked_by(caller(None)), "bob");
    }
}
