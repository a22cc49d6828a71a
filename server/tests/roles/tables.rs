//! Every way into the server, and what each person gets there.

/// Asked in this order.
pub const PEOPLE: [&str; 6] = ["anonymous", "member", "auditor", "admin", "owner", "foreign"];

/// The statuses that each of `PEOPLE` gets.
pub type Statuses = [u16; 6];

pub const EVERYBODY: Statuses = [200, 200, 200, 200, 200, 200];
pub const SIGNED_IN: Statuses = [401, 200, 200, 200, 200, 200];
pub const MEMBERS: Statuses = [401, 200, 200, 200, 200, 404];
pub const READERS: Statuses = [401, 403, 200, 200, 200, 404];
pub const NOBODY: Statuses = [401, 404, 404, 404, 404, 404];
/// About the member themselves: they, and whoever administers them.
pub const OWN: Statuses = [401, 200, 403, 200, 200, 404];
pub const ADMINS: Statuses = [401, 403, 403, 200, 200, 404];

/// Server functions: the path's last part, the arguments beside `org`, who may.
pub const FUNCTIONS: &[(&str, &str, Statuses)] = &[
    ("me", "{}", SIGNED_IN),
    ("account_security", "{}", SIGNED_IN),
    ("setup_needed", "{}", EVERYBODY),
    ("invitation", r#"{"token":"$invitation"}"#, EVERYBODY),
    ("mail_is_set_up", "{}", EVERYBODY),
    ("reset_of", r#"{"token":"none"}"#, [410; 6]),
    ("viewer", r#"{"org":"acme"}"#, MEMBERS),
    ("first_steps", r#"{"org":"acme"}"#, READERS),
    (
        "list_members",
        r#"{"org":"acme","query":{"search":"","roles":[],"statuses":[],"teams":[],"providers":[],"without_providers":false,"sort":"name","descending":false,"page":1}}"#,
        READERS,
    ),
    ("get_member", r#"{"org":"acme","member":$member}"#, READERS),
    ("member_details", r#"{"org":"acme","member":$member}"#, READERS),
    // Everybody may ask about themselves.
    (
        "why",
        r#"{"org":"acme","asked":{"member":$member,"provider":null,"model":"m","key":null}}"#,
        MEMBERS,
    ),
    (
        "audit_log",
        r#"{"org":"acme","query":{"search":"","kind":null,"from":"","until":"","before":null}}"#,
        READERS,
    ),
    (
        "as_of",
        r#"{"org":"acme","query":{"at":"","to":"","search":"","provider":null,"member":null,"page":1}}"#,
        READERS,
    ),
    ("budgets", r#"{"org":"acme"}"#, READERS),
    ("prices", r#"{"org":"acme","provider":"","model":""}"#, READERS),
    // Everybody sees their own.
    (
        "spend",
        r#"{"org":"acme","query":{"span":"this-month","from":"","until":"","by":"member","member":null,"team":null,"key":null,"provider":null,"model":null}}"#,
        MEMBERS,
    ),
    (
        "request_log",
        r#"{"org":"acme","query":{"member":null,"key":null,"provider":null,"model":"","end":null,"until":"","before":null}}"#,
        MEMBERS,
    ),
    (
        "request_receipt",
        r#"{"org":"acme","id":1}"#,
        [401, 404, 404, 404, 404, 404],
    ),
    (
        "compare",
        r#"{"org":"acme","query":{"a":$member,"b":null,"search":"","copy":false,"role":false}}"#,
        READERS,
    ),
    (
        "templates",
        r#"{"org":"acme","query":{"apply":null,"search":""}}"#,
        READERS,
    ),
    ("organization_settings", r#"{"org":"acme"}"#, READERS),
    (
        "unused",
        r#"{"org":"acme","query":{"days":60,"provider":null,"team":null,"after":null}}"#,
        READERS,
    ),
    ("reviews", r#"{"org":"acme","before":null}"#, READERS),
    (
        "review",
        r#"{"org":"acme","review":0,"query":{"show":null,"after":null}}"#,
        [401, 403, 404, 404, 404, 404],
    ),
    ("sign_on_settings", r#"{"org":"acme"}"#, READERS),
    ("scim_settings", r#"{"org":"acme"}"#, READERS),
    ("key_settings", r#"{"org":"acme"}"#, READERS),
    ("member_history", r#"{"org":"acme","member":$member}"#, READERS),
    ("access_requests", r#"{"org":"acme","page":1}"#, MEMBERS),
    (
        "set_providers",
        r#"{"org":"acme","member":$member,"change":{"version":1,"added":[$provider],"removed":[]}}"#,
        ADMINS,
    ),
    (
        "set_provider_terms",
        r#"{"org":"acme","member":$member,"change":{"version":1,"provider":$provider,"ends_at":null,"reason":"","models":[]}}"#,
        ADMINS,
    ),
    (
        "set_role",
        r#"{"org":"acme","member":$member,"version":1,"role":"auditor"}"#,
        ADMINS,
    ),
    (
        "set_teams",
        r#"{"org":"acme","member":$member,"change":{"version":1,"added":[$team],"removed":[]}}"#,
        ADMINS,
    ),
    (
        "set_suspended",
        r#"{"org":"acme","member":$member,"version":1,"suspended":true}"#,
        ADMINS,
    ),
    (
        "preview_bulk",
        r#"{"org":"acme","input":{"selection":{"ids":[$member]},"change":{"add_providers":[$provider],"remove_providers":[],"role":null,"add_teams":[],"remove_teams":[],"action":null}}}"#,
        ADMINS,
    ),
    (
        "bulk_form",
        r#"{"org":"acme","asked":[["row","$member"],["what","add-providers"],["choose","$provider"]]}"#,
        ADMINS,
    ),
    // What is named was never shown, so that it is shown instead.
    (
        "apply_bulk",
        r#"{"org":"acme","input":{"asked":{"selection":{"ids":[$member]},"change":{"add_providers":[$provider],"remove_providers":[],"role":null,"add_teams":[],"remove_teams":[],"action":null}},"fingerprint":"","idempotency_key":"k"}}"#,
        ADMINS,
    ),
    // Nobody here has changed many.
    (
        "undo_bulk",
        r#"{"org":"acme","change":1}"#,
        [401, 403, 403, 404, 404, 404],
    ),
    ("own_keys", "{}", SIGNED_IN),
    ("list_keys", r#"{"org":"acme","member":$member}"#, MEMBERS),
    (
        "create_key",
        r#"{"org":"acme","member":$member,"input":{"name":"ci","expires_at":null,"scope":null,"requests_per_minute":null,"tokens_per_day":null},"idempotency_key":"k"}"#,
        OWN,
    ),
    ("rename_key", r#"{"org":"acme","key":$key,"name":"ci"}"#, OWN),
    (
        "rotate_key",
        r#"{"org":"acme","key":$key,"grace":"day","idempotency_key":"k"}"#,
        OWN,
    ),
    ("revoke_key", r#"{"org":"acme","key":$key}"#, OWN),
    ("removal_effect", r#"{"org":"acme","member":$member}"#, READERS),
    ("offboarding", r#"{"org":"acme","member":$member}"#, READERS),
    ("second_factor", r#"{"org":"acme","member":$member}"#, READERS),
    ("remove_member", r#"{"org":"acme","member":$member}"#, ADMINS),
    (
        "invite",
        r#"{"org":"acme","input":{"emails":"another@example.com","role":"member","teams":[],"idempotency_key":"k"}}"#,
        ADMINS,
    ),
    ("invitation_link", r#"{"org":"acme","member":$invited}"#, ADMINS),
    ("resend_invitation", r#"{"org":"acme","member":$invited}"#, ADMINS),
    ("revoke_invitation", r#"{"org":"acme","member":$invited}"#, ADMINS),
    ("list_providers", r#"{"org":"acme"}"#, READERS),
    ("provider_details", r#"{"org":"acme","slug":"lab"}"#, READERS),
    (
        "create_provider",
        r#"{"org":"acme","input":{"name":"Two","slug":"","api_type":"ollama","base_url":"http://127.0.0.1:9","description":"","credential":null},"idempotency_key":"k"}"#,
        ADMINS,
    ),
    (
        "update_provider",
        r#"{"org":"acme","provider":$provider,"version":1,"input":{"name":"Two","slug":"","api_type":"ollama","base_url":"http://127.0.0.1:9","description":"","credential":null}}"#,
        ADMINS,
    ),
    (
        "set_provider_active",
        r#"{"org":"acme","provider":$provider,"active":false}"#,
        ADMINS,
    ),
    (
        "set_model",
        r#"{"org":"acme","provider":$provider,"model":"m","on":false}"#,
        ADMINS,
    ),
    (
        "delete_provider",
        r#"{"org":"acme","provider":$provider}"#,
        ADMINS,
    ),
    ("test_provider", r#"{"org":"acme","provider":$provider}"#, ADMINS),
    ("list_teams", r#"{"org":"acme"}"#, READERS),
    ("team_people", r#"{"org":"acme","team":$team}"#, READERS),
    ("get_team_providers", r#"{"org":"acme","team":$team}"#, READERS),
    (
        "set_team_providers",
        r#"{"org":"acme","team":$team,"change":{"version":1,"added":[$provider],"removed":[]}}"#,
        ADMINS,
    ),
    (
        "set_team_provider_terms",
        r#"{"org":"acme","team":$team,"change":{"version":1,"provider":$provider,"ends_at":null,"reason":"","models":[]}}"#,
        ADMINS,
    ),
    ("find_people", r#"{"org":"acme","text":"test"}"#, READERS),
    (
        "create_team",
        r#"{"org":"acme","name":"Lab","idempotency_key":"k"}"#,
        ADMINS,
    ),
    (
        "rename_team",
        r#"{"org":"acme","team":$team,"version":1,"name":"Lab"}"#,
        ADMINS,
    ),
    ("delete_team", r#"{"org":"acme","team":$team}"#, ADMINS),
    (
        "change_team_people",
        r#"{"org":"acme","team":$team,"change":{"added":[$member],"removed":[]}}"#,
        ADMINS,
    ),
    ("chat_offer", r#"{"org":"acme"}"#, MEMBERS),
    ("list_conversations", r#"{"org":"acme","search":"x"}"#, MEMBERS),
    // Nobody here has had a conversation, and nobody sees another's.
    ("get_conversation", r#"{"org":"acme","conversation":1}"#, NOBODY),
    (
        "rename_conversation",
        r#"{"org":"acme","conversation":1,"title":"T"}"#,
        NOBODY,
    ),
    (
        "delete_conversation",
        r#"{"org":"acme","conversation":1}"#,
        NOBODY,
    ),
    ("note_editing", r#"{"org":"acme","member":$member}"#, ADMINS),
    ("stop_answer", r#"{"org":"acme","conversation":1}"#, NOBODY),
];

/// Pages. A page whose content a role may not read says so with the same status as the content's own.
pub const PAGES: &[(&str, Statuses)] = &[
    ("/", [302, 302, 302, 302, 302, 302]),
    ("/setup", EVERYBODY),
    ("/login", EVERYBODY),
    ("/login/code", EVERYBODY),
    ("/sign-on", EVERYBODY),
    // They lead to a provider and back, and nobody here has one.
    ("/sign-on/:org", [404; 6]),
    ("/sign-on/:org/callback", [410; 6]),
    ("/forgot-password", EVERYBODY),
    ("/reset-password/:token", [410; 6]),
    // Only nobody and the invited person may go on; anybody else is told which account is which.
    ("/invite/:token", [200, 403, 403, 403, 403, 403]),
    ("/account", [303, 200, 200, 200, 200, 200]),
    ("/account/name", [303, 200, 200, 200, 200, 200]),
    ("/account/password", [303, 200, 200, 200, 200, 200]),
    ("/account/security", [303, 200, 200, 200, 200, 200]),
    ("/o/:org", [303, 302, 302, 302, 302, 404]),
    ("/o/:org/first-steps", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/access", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/access/invite", [303, 403, 403, 200, 200, 404]),
    ("/o/:org/access/import", [303, 403, 403, 200, 200, 404]),
    ("/o/:org/access/change", [303, 403, 403, 200, 200, 404]),
    ("/o/:org/access/how", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/access/requests", [303, 200, 200, 200, 200, 404]),
    ("/o/:org/access/unused", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/views", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/access/:member", [303, 403, 200, 200, 200, 404]),
    (
        "/o/:org/access/:member/offboarding",
        [303, 403, 200, 200, 200, 404],
    ),
    (
        "/o/:org/access/:member/second-factor",
        [303, 403, 200, 200, 200, 404],
    ),
    ("/o/:org/providers", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/providers/:provider", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/reviews", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/reviews/:review", [303, 403, 404, 404, 404, 404]),
    ("/o/:org/audit", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/as-of", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/requests", [303, 200, 200, 200, 200, 404]),
    ("/o/:org/requests/:request", [303, 404, 404, 404, 404, 404]),
    ("/o/:org/spend", [303, 200, 200, 200, 200, 404]),
    ("/o/:org/settings", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/budgets", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/prices", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/compare", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/templates", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/settings/keys", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/settings/scim", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/settings/sign-on", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/teams", [303, 403, 200, 200, 200, 404]),
    ("/o/:org/chat", [303, 200, 200, 200, 200, 404]),
    ("/o/:org/chat/:conversation", [303, 404, 404, 404, 404, 404]),
];
