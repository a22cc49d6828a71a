-- Single sign-on by OpenID Connect, and who is known by it. The same conventions as in initial.sql.
CREATE TABLE sign_on (
    organization_id {int} PRIMARY KEY REFERENCES organization (id),
    issuer text NOT NULL,
    client_id text NOT NULL,
    secret_sealed {bytes},
    role text NOT NULL,
    required {int} NOT NULL,
    version {int} NOT NULL DEFAULT 1
) {table};

-- A domain leads to one organization.
CREATE TABLE sign_on_domain (
    domain {bytewise} PRIMARY KEY,
    organization_id {int} NOT NULL REFERENCES organization (id)
) {table};
CREATE INDEX sign_on_domain_organization ON sign_on_domain (organization_id);

-- An account as an issuer knows it. Only this pair names a person; addresses change hands.
CREATE TABLE identity (
    issuer {bytewise} NOT NULL,
    subject {bytewise} NOT NULL,
    user_id {int} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    -- The person linked it themselves, signed in; else it was linked on the provider's word.
    by_person {int} NOT NULL,
    created_at {int} NOT NULL,
    PRIMARY KEY (issuer, subject)
) {table};
CREATE INDEX identity_user ON identity (user_id);
