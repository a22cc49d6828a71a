//! What each row said at the export, for the import: it goes into the file itself, where nobody sees it, sealed so that
//! nobody can change it.

use crate::crypto::Vault;
use crate::{Actor, Error, Services};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::import::ExportedRow;
use domain::member::MemberRow;
use domain::provider::ProviderStatus;
use domain::{MemberId, MemberStatus, OrganizationId, ProviderId, Role, TeamId, Timestamp, email};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use store::ReadTx;
use subtle::ConstantTimeEq;

/// The first byte, so that the form can change one day.
const FORM: u8 = 1;
/// Octets of the seal at the end.
const SEAL: usize = 32;
/// What the seal is for, so that nothing else that is sealed can stand for it.
const PURPOSE: &[u8] = b"export state\0";
/// Fewest octets of a row, so that no count can ask for more than there is.
const ROW: usize = 8;

/// The state as it is written, row by row.
pub(crate) struct ExportState {
    bytes: Vec<u8>,
    rows: Vec<u8>,
    count: u64,
    last: i64,
    providers: HashMap<ProviderId, u64>,
    teams: HashMap<TeamId, u64>,
}

/// The state as it is read.
#[derive(Debug)]
pub(crate) struct Exported {
    /// When the file was exported.
    pub(crate) at: Timestamp,
    /// The providers there were.
    pub(crate) providers: Vec<(ProviderId, String, ProviderStatus)>,
    /// The teams there were; a team is always active.
    pub(crate) teams: Vec<(TeamId, String, ProviderStatus)>,
    rows: Vec<ExportedRow>,
    by_address: HashMap<u64, u32>,
}

impl Exported {
    /// What the export wrote of whoever had this address.
    pub(crate) fn of(&self, identity: &str) -> Option<&ExportedRow> {
        let at = self.by_address.get(&address_digest(identity))?;
        self.rows.get(*at as usize)
    }
}

impl Services {
    /// Begins a state with the names of now.
    pub(super) async fn export_state(
        &self,
        tx: &ReadTx,
        actor: &Actor,
        at: Timestamp,
    ) -> Result<ExportState, Error> {
        let providers = store::providers::refs(tx, actor.organization).await?;
        let teams = store::teams::refs(tx, actor.organization).await?;
        let mut state = ExportState::new(actor.organization, at);
        state.names(
            providers.into_iter().map(|p| (p.id, p.name, p.status)),
            teams.into_iter().map(|team| (team.id, team.name)),
        );
        Ok(state)
    }
}

impl ExportState {
    fn new(organization: OrganizationId, at: Timestamp) -> Self {
        let mut bytes = vec![FORM];
        bytes.extend(organization.0.to_le_bytes());
        bytes.extend(at.0.to_le_bytes());
        Self {
            bytes,
            rows: Vec::new(),
            count: 0,
            last: 0,
            providers: HashMap::new(),
            teams: HashMap::new(),
        }
    }

    fn names(
        &mut self,
        providers: impl ExactSizeIterator<Item = (ProviderId, String, ProviderStatus)>,
        teams: impl ExactSizeIterator<Item = (TeamId, String)>,
    ) {
        let out = &mut self.bytes;
        number(out, providers.len() as u64);
        for (at, (id, name, status)) in (0..).zip(providers) {
            signed(out, id.0);
            out.push(u8::from(status == ProviderStatus::Active));
            text(out, &name);
            self.providers.insert(id, at);
        }
        number(out, teams.len() as u64);
        for (at, (id, name)) in (0..).zip(teams) {
            signed(out, id.0);
            text(out, &name);
            self.teams.insert(id, at);
        }
    }

    /// Adds rows as they are written.
    pub(super) fn add(&mut self, rows: &[MemberRow]) {
        let out = &mut self.rows;
        for row in rows {
            // Stored addresses have an identity; by one that had none, nobody could be found anyway.
            let Ok(email) = email::check(&row.email) else {
                continue;
            };
            let ExportedRow {
                member,
                role,
                status,
                teams,
                providers,
                from_team: _,
                name,
                keys,
                last_login,
                expires_at,
            } = ExportedRow::of(row);
            out.extend(address_digest(&email.identity).to_le_bytes());
            signed(out, member.0.wrapping_sub(self.last));
            self.last = member.0;
            out.push(role as u8 | (status as u8) << 2);
            out.extend(name.to_le_bytes());
            out.extend(keys.to_le_bytes());
            for second in [last_login, expires_at] {
                out.push(u8::from(second.is_some()));
                second.iter().for_each(|second| signed(out, *second));
            }
            list(out, &teams, &self.teams);
            list(out, &providers, &self.providers);
            self.count += 1;
        }
    }

    /// The whole as a text for the file.
    pub(super) fn sealed(mut self, vault: &Vault) -> String {
        number(&mut self.bytes, self.count);
        self.bytes.append(&mut self.rows);
        let seal = seal(vault, &self.bytes);
        self.bytes.extend(seal);
        STANDARD_NO_PAD.encode(&self.bytes)
    }
}

fn seal(vault: &Vault, bytes: &[u8]) -> Vec<u8> {
    vault.fingerprint(&[PURPOSE, bytes].concat())
}

/// By which an address is found among a hundred thousand: that two have the same is as good as impossible.
fn address_digest(identity: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(identity.as_bytes()).into();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

/// Seven bits an octet, the lowest first.
fn number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Small ones of either sign are short.
fn signed(out: &mut Vec<u8>, signed: i64) {
    number(out, ((signed << 1) ^ (signed >> 63)) as u64);
}

fn text(out: &mut Vec<u8>, text: &str) {
    number(out, text.len() as u64);
    out.extend(text.as_bytes());
}

fn list<I: Copy + Eq + std::hash::Hash>(out: &mut Vec<u8>, ids: &[I], known: &HashMap<I, u64>) {
    let at: Vec<u64> = ids.iter().filter_map(|id| known.get(id).copied()).collect();
    number(out, at.len() as u64);
    at.into_iter().for_each(|at| number(out, at));
}

impl Exported {
    /// Reads what [`ExportState`] wrote for this organization; `None` when it is another's, or not as it was written.
    pub(crate) fn open(vault: &Vault, organization: OrganizationId, text: &str) -> Option<Self> {
        let bytes = STANDARD_NO_PAD.decode(text.trim()).ok()?;
        let (content, sealed) = bytes.split_at_checked(bytes.len().checked_sub(SEAL)?)?;
        if !bool::from(seal(vault, content).ct_eq(sealed)) {
            return None;
        }
        let mut from = From(content);
        if from.byte()? != FORM || from.eight()? != organization.0.to_le_bytes() {
            return None;
        }
        let at = Timestamp(i64::from_le_bytes(from.eight()?));
        let mut providers = Vec::new();
        for _ in 0..from.number()? {
            let id = ProviderId(from.signed()?);
            let status = match from.byte()? {
                0 => ProviderStatus::Inactive,
                _ => ProviderStatus::Active,
            };
            providers.push((id, from.text()?, status));
        }
        let mut teams = Vec::new();
        for _ in 0..from.number()? {
            let id = TeamId(from.signed()?);
            teams.push((id, from.text()?, ProviderStatus::Active));
        }
        let count = usize::try_from(from.number()?).ok()?;
        let mut rows = Vec::with_capacity(count.min(content.len() / ROW));
        let mut by_address = HashMap::with_capacity(rows.capacity());
        let mut last = 0_i64;
        for at in 0..u32::try_from(count).ok()? {
            by_address.insert(u64::from_le_bytes(from.eight()?), at);
            last = last.wrapping_add(from.signed()?);
            let flags = from.byte()?;
            rows.push(ExportedRow {
                member: MemberId(last),
                role: *Role::ALL.get(usize::from(flags & 3))?,
                status: *MemberStatus::ALL.get(usize::from(flags >> 2))?,
                name: u32::from_le_bytes(from.four()?),
                keys: u32::from_le_bytes(from.four()?),
                last_login: from.second()?,
                expires_at: from.second()?,
                teams: from.list(&teams)?,
                from_team: Box::default(),
                providers: from.list(&providers)?,
            });
        }
        Some(Self {
            at,
            providers,
            teams,
            rows,
            by_address,
        })
    }
}

/// What is left to be read.
struct From<'a>(&'a [u8]);

impl From<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    fn four(&mut self) -> Option<[u8; 4]> {
        self.take()
    }

    fn eight(&mut self) -> Option<[u8; 8]> {
        self.take()
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn second(&mut self) -> Option<Option<i64>> {
        match self.byte()? {
            0 => Some(None),
            _ => Some(Some(self.signed()?)),
        }
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }

    fn list<I: Copy, N>(&mut self, known: &[(I, N, ProviderStatus)]) -> Option<Box<[I]>> {
        let count = self.number()?;
        let mut one = |_| {
            known
                .get(usize::try_from(self.number()?).ok()?)
                .map(|(id, ..)| *id)
        };
        (0..count).map(&mut one).collect()
    }
}
