//! Every limit in one place, each with its reason.

/// Addresses in one invitation request. More is refused with the number: one request stays one quick transaction.
pub const INVITE_ADDRESSES: usize = 500;
/// Characters in the invite field; 500 addresses of 254 octets with display names fit.
pub const INVITE_TEXT_BYTES: usize = 256 * 1024;
/// How long an invitation link works, in milliseconds: seven days.
pub const INVITATION_LIFETIME: i64 = 7 * crate::Timestamp::DAY;
/// How long a link for a new password works, in milliseconds: an hour, as mail may take some minutes.
pub const RESET_LIFETIME: i64 = crate::Timestamp::HOUR;
/// Links for a new password that one account is mailed within an hour, whoever asks.
pub const RESETS_AN_HOUR: u32 = 5;
/// Rows on one page of the AI Access table.
pub const PAGE_ROWS: u32 = 50;
/// Grants that end soon of which the status line counts the people; some milliseconds of work.
pub const ENDING_COUNTED: u32 = 2_000;
/// Rows that can be named one by one in a change of many; their ids fit in [`BODY_BYTES`]. A search selects any number.
pub const BULK_IDS: usize = 20_000;
/// Rows of a change of many that a page lists by name; the others are counted. A few screens, which somebody may still read.
pub const BULK_LISTED: usize = 200;
/// Actions on one page of the audit log.
pub const AUDIT_PAGE: u32 = 50;
/// Actions that one search of the audit log looks through, newest first, before it asks whether to go on: a second or so.
pub const AUDIT_SEARCHED: usize = 200_000;
/// How long a change of many rows can be undone, in milliseconds: ten minutes.
pub const UNDO_TIME: i64 = 10 * crate::Timestamp::MINUTE;
/// Octets of a search; longer is cut before it is parsed, so that a URL cannot make a query of any size.
pub const SEARCH_BYTES: usize = 500;
/// Terms of a search that are looked at.
pub const SEARCH_TERMS: usize = 12;
/// Characters in a person's, team's, provider's or organization's name.
pub const NAME_CHARS: usize = 120;
/// Characters in the reason of an access request, and in the answer to one: a paragraph.
pub const REQUEST_REASON_CHARS: usize = 500;
/// Access requests of one member that may be open: more than anybody needs, and few enough to be read.
pub const OPEN_REQUESTS: u32 = 20;
/// A member's own access requests that their page lists, the newest first.
pub const OWN_REQUESTS_SHOWN: u32 = 20;
/// Budgets of one organization: all of them are asked for each request.
pub const BUDGETS: usize = 200;
/// Open access requests on one page of the queue.
pub const QUEUE_ROWS: u32 = 50;
/// Characters in a provider's description.
pub const DESCRIPTION_CHARS: usize = 500;
/// Octets in a provider's credential.
pub const CREDENTIAL_BYTES: usize = 8 * 1024;
/// Octets in a base URL.
pub const BASE_URL_BYTES: usize = 2_000;
/// Characters in a slug; a DNS label's length (RFC 1035), so that slugs can become host names.
pub const SLUG_CHARS: usize = 63;
/// Fewest characters in a password (NIST SP 800-63B-4 asks for 15 where the password is the only factor; 12 where it may be joined).
pub const PASSWORD_MIN_CHARS: usize = 12;
/// Most octets in a password; bounds the work of hashing.
pub const PASSWORD_MAX_BYTES: usize = 1_024;
/// Octets in any JSON or form body of the browser's API.
pub const BODY_BYTES: usize = 512 * 1024;
/// How long a session lasts without use, in milliseconds: fourteen days.
pub const SESSION_IDLE: i64 = 14 * crate::Timestamp::DAY;
/// How long a session lasts at most, in milliseconds: thirty days.
pub const SESSION_LIFETIME: i64 = 30 * crate::Timestamp::DAY;
/// Password hashes computed at once: each takes 19 MiB, and two keep a small machine responsive.
pub const PASSWORD_HASHES_AT_ONCE: usize = 2;
/// Password hashes that may wait, over all clients: some four seconds of work. Past it, whoever asks most is refused.
pub const PASSWORD_HASHES_WAITING: usize = 256;
/// The same for one client's network: a second of work, and what an office that begins its day at once asks for.
pub const PASSWORD_HASHES_WAITING_EACH: usize = 64;
/// Wrong passwords of one person from one client before each further try waits: who mistypes should not notice.
pub const SIGN_IN_FREE: u32 = 5;
/// The same of one person from everywhere, counted for clients that guessed that person's password wrong before.
pub const SIGN_IN_FREE_IDENTITY: u32 = 20;
/// The same over all persons and clients, counted for networks that guessed wrong several times before.
pub const SIGN_IN_FREE_ALL: u32 = 300;
/// Wrong codes of a second factor in a row before no further one is looked at for a while.
pub const CODES_FREE: u32 = 5;
/// That while, in milliseconds, doubled with each further wrong code.
pub const CODES_WAIT: i64 = 30 * crate::Timestamp::SECOND;
/// At most. Three codes of a million are right at a time: a day of guesses finds one in ten thousand times.
pub const CODES_WAIT_MOST: i64 = crate::Timestamp::HOUR;
/// How long one may take between the password and the code, in milliseconds.
pub const CODE_LIFETIME: i64 = 10 * crate::Timestamp::MINUTE;
/// How long failed sign-ins and refused changes are counted before an entry of the audit log tells them, in milliseconds.
pub const COUNTED_TOLD_AFTER: i64 = crate::Timestamp::MINUTE;
/// Accounts of whom failed sign-ins, and members of whom refused changes, are counted at once; some kilobytes each.
pub const COUNTED_AT_MOST: usize = 10_000;
/// Places from which they came that such an entry names.
pub const FAILURES_PLACES: usize = 5;
/// The longest that a try waits for its turn, in milliseconds; shorter than the proxies and browsers that wait for it.
pub const SIGN_IN_WAIT: i64 = 20 * crate::Timestamp::SECOND;
/// How long failed sign-ins are remembered after the last one, in milliseconds.
pub const SIGN_IN_WINDOW: i64 = 15 * crate::Timestamp::MINUTE;
/// Failed sign-ins that are remembered, by person, client and network; some megabytes.
pub const SIGN_INS_REMEMBERED: usize = 100_000;
/// How long a browser is known to have signed somebody in, in milliseconds: one year.
pub const DEVICE_LIFETIME: i64 = 365 * crate::Timestamp::DAY;
/// Reads of one member at once. A page makes a handful, and a few tabs are usual.
pub const READS_PER_MEMBER: usize = 4;
/// Reads of one member that may wait.
pub const READS_WAITING_PER_MEMBER: usize = 64;
/// Searches at once over all organizations, each as long as [`READ_TIMEOUT`]; fewer than there are connections to read.
pub const SEARCHES_AT_ONCE: usize = 3;
/// Searches of one organization at once, so that there is room for another.
pub const SEARCHES_PER_ORGANIZATION: usize = 2;
/// Searches of one member that may wait; one is under way. Typing makes one after the other, in several tabs.
pub const SEARCHES_WAITING_PER_MEMBER: usize = 8;
/// Exports at once over all organizations; each keeps a connection, a core and a temporary file busy.
pub const EXPORTS_AT_ONCE: usize = 2;
/// Exports of one organization at once.
pub const EXPORTS_PER_ORGANIZATION: usize = 1;
/// Exports of one member that may wait; one is under way.
pub const EXPORTS_WAITING_PER_MEMBER: usize = 4;
/// Changes of one member that may wait; one is under way. Each may hold a message of [`CHAT_BODY_BYTES`] in memory.
pub const CHANGES_WAITING_PER_MEMBER: usize = 64;
/// How long whoever waits for their turn is kept waiting, in milliseconds; less than the time a page may take.
pub const TURN_TIMEOUT: u64 = 20_000;
/// Octets of a person's own messages that a search of the history reads, the newest conversations first: far more than
/// most ever write, and read in well under [`READ_TIMEOUT`].
pub const HISTORY_SEARCH_BYTES: i64 = 128 * 1024 * 1024;
/// How long a read for a page may take, in milliseconds: some ten times what the slowest page of a hundred thousand members
/// takes, and short enough that whoever waits behind it still gets an answer.
pub const READ_TIMEOUT: u64 = 5_000;
/// The same for an export, which reads every row of an organization.
pub const EXPORT_TIMEOUT: u64 = 120_000;
/// How long testing a provider's connection may take, in milliseconds.
pub const PROVIDER_TEST_TIMEOUT: u64 = 10_000;
/// Octets of a provider's model list that are read, over all its pages: some tens of thousands of models with their prices.
pub const PROVIDER_TEST_BYTES: usize = 16 * 1024 * 1024;
/// Pages of a model list that are read. Providers give 20 to 1,000 models on each, and some the same page for ever.
pub const MODEL_LIST_PAGES: usize = 50;
/// Models of one provider that are kept of its list: more than any catalogue that people choose from, and still read
/// into memory and into Chat's page at once.
pub const MODELS_LISTED: usize = 5_000;
/// Names of models that may be entered for one provider; they are one field of a form and one row of the database.
pub const MODELS_ENTERED: usize = 500;
/// Characters in a model's name; the longest real ones, Bedrock's ARNs, have some 150.
pub const MODEL_NAME_CHARS: usize = 200;
/// Characters in Azure's `api-version`; `2024-12-01-preview` has 18.
pub const API_VERSION_CHARS: usize = 40;
/// How long an idempotency key is remembered, in milliseconds: one day, as other public APIs do.
pub const IDEMPOTENCY_LIFETIME: i64 = crate::Timestamp::DAY;
/// Characters in one message to a model: some sixty pages, which is as much as most models read at once.
pub const MESSAGE_CHARS: usize = 100_000;
/// Octets of a request that sends one: the message at six octets a character, as JSON spells the oddest ones.
pub const CHAT_BODY_BYTES: usize = 6 * MESSAGE_CHARS + 16 * 1024;
/// Octets of an answer that are kept. Beyond it a model is rambling, and the answer is stopped.
pub const ANSWER_BYTES: usize = 1024 * 1024;
/// Between two pieces of an answer that one reader is sent, in milliseconds.
pub const ANSWER_LOOK: u64 = 60;
/// How long an answer goes on when nobody reads it any more, or asks for its conversation, in milliseconds: a page that is
/// loaded again has come alive by then, and what is written beyond is paid for and read by nobody.
pub const ANSWER_UNREAD: u64 = 5_000;
/// How far apart what has come of an answer is written down at most, in milliseconds: what a crash may lose of it. It is
/// done sooner at first, since most answers are short.
pub const ANSWER_KEPT_EVERY: u64 = 5_000;
/// How long an answer counts as being written after its server said so last, in milliseconds: three times the above.
pub const ANSWER_LEASE: i64 = 15_000;
/// How long a server tries to store an answer, in milliseconds: a database that is restarted is back by then.
pub const ANSWER_STORED_WITHIN: u64 = 120_000;
/// Messages in one conversation: each send carries all of them, and long before that a model has lost the thread.
pub const CONVERSATION_MESSAGES: usize = 400;
/// Characters in the title that a conversation gets from its first line.
pub const CONVERSATION_TITLE_CHARS: usize = 80;
/// Members that the page of a provider lists; all of them are in AI Access.
pub const PROVIDER_MEMBERS_SHOWN: u32 = 20;
/// Models that the page of a provider lists.
pub const PROVIDER_MODELS_SHOWN: u32 = 200;
/// Characters of a message in which the excerpt is looked for that a search of the history shows, so that a hundred long
/// answers are read quickly.
pub const EXCERPT_CHARS: i64 = 20_000;
/// Conversations that the history lists; older ones are found by searching.
pub const CONVERSATIONS_SHOWN: u32 = 100;
/// Owners and admins that are named to somebody who needs access. Enough to find one that is there.
pub const HELPERS_SHOWN: u32 = 5;
/// Keys of one member that are not revoked: enough for one each machine, few enough to be looked through.
pub const KEYS_PER_MEMBER: usize = 100;
/// Keys that are listed of those that last longer than the organization allows.
pub const OUTLIVING_KEYS_LISTED: u64 = 20;
/// Revoked keys that are listed, the latest: what they were called is wanted for a while, not for ever.
pub const REVOKED_KEYS_LISTED: u64 = 50;
/// How far ahead a key may end, in milliseconds: ten years. What is to work longer has no end.
pub const KEY_LIFETIME: i64 = 3_653 * crate::Timestamp::DAY;
/// The same for an allowed provider.
pub const GRANT_LIFETIME: i64 = KEY_LIFETIME;
/// Characters of the reason why an allowed provider ends: a line beside it.
pub const REASON_CHARS: usize = 200;
/// Most requests a minute that can be set as a key's limit; beyond, a limit would limit nothing.
pub const KEY_REQUESTS_PER_MINUTE: u32 = 1_000_000;
/// Most tokens a day that can be set as a key's limit, for the same reason. Every browser can still count that far.
pub const KEY_TOKENS_PER_DAY: i64 = 1_000_000_000_000;
/// Ids in one list of an input, each once: every provider or team of a large organization fits, and one request stays one
/// quick transaction.
pub const LIST_IDS: usize = 1_000;
/// How long a browser keeps a choice of how pages look, in seconds: a year, longer than anybody stays away.
pub const CHOICE_SECONDS: u32 = 31_536_000;
/// Teams that one invitation joins: each address of it is written to each of them.
pub const INVITE_TEAMS: usize = 50;
/// Rows of a file that is brought back, as many as the import is measured with.
pub const IMPORT_ROWS: u32 = 100_000;
/// Problems, and notes, of a file that are listed; each row may have one, and nobody reads so many.
pub const IMPORT_LISTED: usize = 100_000;
/// Unknown names of a file for which a similar one is looked for: each is compared with every name there is.
pub const IMPORT_SUGGESTIONS: usize = 1_000;
/// Octets of a file that is brought back: a hundred thousand rows with a thousand characters each, in the wordier of its two
/// forms.
pub const IMPORT_BYTES: u64 = 64 * 1024 * 1024;
/// Octets that a spreadsheet may unpack to, over all its parts; a hundred thousand rows have some fifty megabytes.
pub const IMPORT_UNPACKED_BYTES: u64 = 256 * 1024 * 1024;
/// The same for the parts that are in memory as a whole: the texts of all cells, each once, and how cells look.
pub const IMPORT_HELD_BYTES: u64 = 64 * 1024 * 1024;
/// Parts of a spreadsheet. Ours has some ten, and each has an entry in memory.
pub const IMPORT_PARTS: usize = 500;
/// Columns of a file, and keys of a JSON file's members, the export's and others.
pub const IMPORT_COLUMNS: usize = 100;
/// Values within one member of a JSON file: lists as long as [`LIST_IDS`] with several values for each entry.
pub const IMPORT_VALUES: usize = 10_000;
/// Files read at once over all organizations; each may hold [`IMPORT_UNPACKED_BYTES`] in memory when it is made to.
pub const IMPORTS_AT_ONCE: usize = 1;
/// Files of one member that may wait; one is being read.
pub const IMPORTS_WAITING_PER_MEMBER: usize = 2;
/// Octets of a body that a directory sends by SCIM.
pub const SCIM_BODY_BYTES: usize = 1024 * 1024;
/// Characters in a text that a directory sends by SCIM: more than any name, address or id has.
pub const SCIM_TEXT_CHARS: usize = 1_024;
/// Addresses of one user that a directory keeps by SCIM: more than anybody has.
pub const SCIM_VALUES: usize = 100;
/// Resources in one answer to a directory; it asks for the next page.
pub const SCIM_PAGE: u32 = 1_000;
/// Requests by SCIM at once over all organizations: fewer than there are connections to read.
pub const SCIM_AT_ONCE: usize = 4;
/// Requests by SCIM of one organization at once, so that there is room for another.
pub const SCIM_PER_ORGANIZATION: usize = 2;
/// Requests by SCIM of one organization that may wait; directories send some dozens at once. Each may hold a body of
/// [`SCIM_BODY_BYTES`] in memory.
pub const SCIM_WAITING_PER_ORGANIZATION: usize = 32;
/// Tokens for SCIM of one organization: a few directories, each with an old and a new one.
pub const SCIM_TOKENS: usize = 20;
/// People of a team who are offered as its new lead; of a larger team, whoever is not among them is found under Teams.
pub const LEADS_OFFERED: u32 = 100;

/// Own prices of one organization, those of the past too: all of them are kept in memory.
pub const PRICES: usize = 1_000;
/// Pages that one server keeps up to date at once, each with a connection of its own.
pub const FOLLOWED_PAGES: usize = 1_000;
/// The same for one member: only pages in view are followed, and nobody sees more windows.
pub const FOLLOWED_PAGES_PER_MEMBER: usize = 8;
/// Saved views of AI Access that one member keeps: more than anybody finds in a sidebar.
pub const VIEWS_PER_MEMBER: usize = 30;
/// The same that are shared by all.
pub const SHARED_VIEWS: usize = 30;
/// People, providers and teams that the command palette lists, each.
pub const FOUND: u32 = 6;
/// How often the page of somebody who edits a row says so, in milliseconds.
pub const EDITING_TOLD: u64 = 5_000;
/// How long after that the others are told of them, in milliseconds: one time may be lost.
pub const EDITING_SHOWN: i64 = 12_000;
