//! What the server says of itself (RFC 7643, sections 5 to 7; RFC 7644, section 4).

use super::attribute::ScimKind;
use super::list;
use domain::limits::SCIM_PAGE;
use serde_json::{Value, json};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0";

fn meta(base: &str, kind: &str, path: &str) -> Value {
    json!({ "resourceType": kind, "location": format!("{base}/{path}") })
}

/// `/ServiceProviderConfig`.
pub fn service_provider_config(base: &str) -> Value {
    json!({
        "schemas": [format!("{CORE}:ServiceProviderConfig")],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": SCIM_PAGE },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token that an owner or admin of the organization made, in the Authorization header.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": meta(base, "ServiceProviderConfig", "ServiceProviderConfig"),
    })
}

/// `/ResourceTypes`.
pub fn resource_types(base: &str) -> Value {
    let all: Vec<Value> = ScimKind::ALL
        .iter()
        .filter_map(|kind| resource_type(base, kind.name()))
        .collect();
    list(2, 1, all)
}

/// `/ResourceTypes/{id}`.
pub fn resource_type(base: &str, id: &str) -> Option<Value> {
    let kind = ScimKind::ALL.into_iter().find(|kind| kind.name() == id)?;
    Some(json!({
        "schemas": [format!("{CORE}:ResourceType")],
        "id": kind.name(),
        "name": kind.name(),
        "description": match kind {
            ScimKind::User => "A member of the organization",
            ScimKind::Group => "A team of the organization",
        },
        "endpoint": format!("/{}", kind.endpoint()),
        "schema": kind.schema(),
        "schemaExtensions": [],
        "meta": meta(base, "ResourceType", &format!("ResourceTypes/{id}")),
    }))
}

/// `/Schemas`.
pub fn schemas(base: &str) -> Value {
    let all: Vec<Value> = ScimKind::ALL
        .iter()
        .filter_map(|kind| schema(base, kind.schema()))
        .collect();
    list(2, 1, all)
}

/// `/Schemas/{id}`.
pub fn schema(base: &str, id: &str) -> Option<Value> {
    let kind = ScimKind::ALL
        .into_iter()
        .find(|kind| kind.schema().eq_ignore_ascii_case(id))?;
    let (description, attributes) = match kind {
        ScimKind::User => ("A member of the organization", user()),
        ScimKind::Group => ("A team of the organization", group()),
    };
    Some(json!({
        "schemas": [format!("{CORE}:Schema")],
        "id": kind.schema(),
        "name": kind.name(),
        "description": description,
        "attributes": attributes,
        "meta": meta(base, "Schema", &format!("Schemas/{}", kind.schema())),
    }))
}

/// How an attribute is described; what is not said is as most are.
struct Described {
    name: &'static str,
    description: &'static str,
    kind: &'static str,
    required: bool,
    exact: bool,
    mutability: &'static str,
    uniqueness: &'static str,
    /// The only values there are; empty where any is one.
    canonical: &'static [&'static str],
    subs: Option<Vec<Value>>,
    many: bool,
}

fn text(name: &'static str, description: &'static str) -> Described {
    Described {
        name,
        description,
        kind: "string",
        required: false,
        exact: false,
        mutability: "readWrite",
        uniqueness: "none",
        canonical: &[],
        subs: None,
        many: false,
    }
}

impl Described {
    fn json(self) -> Value {
        let mut json = json!({
            "name": self.name,
            "type": self.kind,
            "multiValued": self.many,
            "description": self.description,
            "required": self.required,
            "mutability": self.mutability,
            "returned": "default",
        });
        if let Some(object) = json.as_object_mut() {
            if !self.canonical.is_empty() {
                object.insert("canonicalValues".to_owned(), json!(self.canonical));
            }
            match self.kind {
                "boolean" => {}
                "complex" => {
                    object.insert("subAttributes".to_owned(), self.subs.unwrap_or_default().into());
                }
                "reference" => {
                    object.insert("referenceTypes".to_owned(), json!(["User", "Group"]));
                    object.insert("caseExact".to_owned(), true.into());
                    object.insert("uniqueness".to_owned(), self.uniqueness.into());
                }
                _ => {
                    object.insert("caseExact".to_owned(), self.exact.into());
                    object.insert("uniqueness".to_owned(), self.uniqueness.into());
                }
            }
        }
        json
    }

    fn read_only(self) -> Self {
        Self {
            mutability: "readOnly",
            ..self
        }
    }
}

fn flag(name: &'static str, description: &'static str) -> Described {
    Described {
        kind: "boolean",
        ..text(name, description)
    }
}

fn complex(name: &'static str, description: &'static str, many: bool, subs: Vec<Described>) -> Described {
    Described {
        kind: "complex",
        many,
        subs: Some(subs.into_iter().map(Described::json).collect()),
        ..text(name, description)
    }
}

fn external_id() -> Described {
    Described {
        exact: true,
        ..text("externalId", "The directory's own id")
    }
}

fn reference(description: &'static str) -> Described {
    Described {
        kind: "reference",
        ..text("$ref", description)
    }
}

fn user() -> Vec<Value> {
    let names = vec![
        text("formatted", "The whole name"),
        text("familyName", "Family name"),
        text("givenName", "Given name"),
        text("middleName", "Middle names"),
        text("honorificPrefix", "What stands before the name"),
        text("honorificSuffix", "What stands after the name"),
    ];
    let emails = vec![
        Described {
            required: true,
            ..text("value", "The address")
        },
        text("type", "What it is for, such as work"),
        flag(
            "primary",
            "Whether it is the member's address in Gatehouse; one at most is",
        ),
        text("display", "How it is shown"),
    ];
    let groups = vec![
        text("value", "The group's id").read_only(),
        reference("Where the group is").read_only(),
        text("display", "The group's name").read_only(),
    ];
    let user_name = text("userName", "The name by which the directory knows the user");
    [
        Described {
            required: true,
            uniqueness: "server",
            ..user_name
        },
        external_id(),
        text("displayName", "The name as it is shown"),
        complex("name", "The parts of the name", false, names),
        Described {
            required: true,
            ..complex(
                "emails",
                "Addresses; a user name that is an address stands for them",
                true,
                emails,
            )
        },
        // Taken without it, too, but never left open: it cannot be removed.
        Described {
            required: true,
            ..flag(
                "active",
                "False suspends the member; true where a new user has none",
            )
        },
        complex("groups", "The groups into which SCIM put the user", true, groups).read_only(),
    ]
    .map(Described::json)
    .into()
}

fn group() -> Vec<Value> {
    let members = vec![
        Described {
            required: true,
            exact: true,
            mutability: "immutable",
            ..text("value", "The user's id")
        },
        Described {
            mutability: "immutable",
            ..reference("Where the user is")
        },
        Described {
            mutability: "immutable",
            canonical: &["User"],
            ..text("type", "What the member is")
        },
        text("display", "The user's name").read_only(),
    ];
    [
        Described {
            required: true,
            uniqueness: "server",
            ..text("displayName", "The team's name")
        },
        external_id(),
        complex("members", "Users that SCIM put into the team", true, members),
    ]
    .map(Described::json)
    .into()
}
