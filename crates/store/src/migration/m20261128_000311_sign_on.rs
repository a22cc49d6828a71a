//! Single sign-on by OpenID Connect, and who is known by it.

statements!(include_str!("sign_on.sql"));
