//! Every bound on what the network can make the server hold or do, in one place.
//!
//! AWS's own quota is named where there is one; a tag says how sure it is.

/// Largest fragment, bytes (AWS: 50 MB, hard).
pub const FRAGMENT_BYTES_MAX: u64 = 50_000_000;
/// Longest fragment, milliseconds (AWS: 20 s, hard; older guides said 10 s).
pub const FRAGMENT_DURATION_MS_MAX: u64 = 20_000;
/// Most tracks in a stream (AWS: 3).
pub const TRACKS_MAX: usize = 3;
/// Most metadata tags per fragment (AWS: 10).
pub const FRAGMENT_TAGS_MAX: usize = 10;
/// Longest tag name, bytes (AWS: 128).
pub const TAG_NAME_BYTES_MAX: usize = 128;
/// Longest tag value, bytes (AWS: 256).
pub const TAG_VALUE_BYTES_MAX: usize = 256;
/// Everything before the first Cluster of a connection, bytes (ours).
pub const HEADER_BYTES_MAX: u64 = 1 << 20;
/// Everything between two Clusters, bytes (ours).
pub const TRAILER_BYTES_MAX: u64 = 1 << 20;
/// Silence after which a PutMedia connection is closed, milliseconds (AWS: 30 s).
pub const IDLE_MS_MAX: u64 = 30_000;
/// Longest retention, hours (AWS: 87 600, ten years).
pub const RETENTION_HOURS_MAX: u32 = 87_600;
/// Most frames in a fragment (ours: the frame index is held in memory).
pub const FRAGMENT_FRAMES_MAX: usize = 200_000;
/// Most tracks a tolerant stream stores (ours; AWS allows [`TRACKS_MAX`]).
pub const TRACKS_STORED_MAX: usize = 32;
/// Fragments of one connection not yet durable at which reading from it pauses (ours).
pub const FRAGMENTS_IN_FLIGHT_MAX: usize = 16;
/// Bytes of those at which reading pauses (ours).
pub const BYTES_IN_FLIGHT_MAX: u64 = 64 << 20;
/// Silence after which IDLE is sent, and again after each such span, milliseconds
/// (AWS: documented without a period; ours).
pub const IDLE_ACK_MS: u64 = 5_000;
/// How long a finished fragment waits for elements that belong behind it, milliseconds
/// (ours).
pub const TRAILER_GRACE_MS: u64 = 50;
/// How long an errored connection stays open for PERSISTED of earlier fragments,
/// milliseconds (ours).
pub const ERROR_DRAIN_MS: u64 = 5_000;
/// How long a cleanly ended connection waits for storage before it gives up with 5000,
/// milliseconds (ours).
pub const PERSIST_WAIT_MS: u64 = 60_000;
/// How far a producer timestamp may lie ahead of our clock, milliseconds (AWS: not
/// documented; ours: a day, which covers every time zone mistake).
pub const PRODUCER_AHEAD_MS_MAX: i64 = 86_400_000;
/// Earliest believable ABSOLUTE producer timestamp: 2000-01-01T00:00:00Z, milliseconds
/// (AWS: refuses 1970, threshold not documented).
pub const PRODUCER_EARLIEST_MS: i64 = 946_684_800_000;
/// How long a stream without retention keeps fragments in memory, milliseconds (AWS: 5 min).
pub const BUFFER_MS_MAX: u64 = 300_000;
/// How much a stream without retention keeps in memory, bytes (AWS: 200 MB).
pub const BUFFER_BYTES_MAX: usize = 200_000_000;
/// How many fragments a stream without retention keeps in memory (ours).
pub const BUFFER_FRAGMENTS_MAX: usize = 20_000;
/// How much all streams without retention of a node keep in memory, bytes (ours).
pub const BUFFERS_BYTES_MAX: usize = 2 << 30;
/// Gaps and overlaps up to this are not a discontinuity, milliseconds (AWS: 50 ms).
pub const CONTINUITY_MS: i64 = 50;
/// By when they arrived, fragments up to so far apart are not a gap, milliseconds (ours:
/// a network holds media up and then delivers it).
pub const ARRIVAL_JOIN_MS: u64 = 1_000;
/// Stretches of media that the summary of an hour tells apart, by each clock (ours).
pub const HOUR_SPANS_MAX: usize = 1024;
/// Parts of its time for which the summary of an hour says how much there is (ours).
pub const HOUR_CELLS_MAX: usize = 1024;
/// Stretches, gaps and changes of codecs that a timeline lists (ours).
pub const SURVEY_SPANS_MAX: usize = 2000;
/// Stretches held while a timeline is worked out (ours).
pub const SURVEY_SPANS_HELD_MAX: usize = 200_000;
/// Buckets of a timeline (ours).
pub const SURVEY_BUCKETS_MAX: usize = 2000;
/// How long after an hour is over its fragments are taken to be stored, milliseconds
/// (ours; one that takes longer has its hour summed up again).
pub const HOUR_SETTLES_MS: u64 = 120_000;
/// Sets of tracks whose description is held in memory (ours).
pub const CODECS_HELD_MAX: usize = 16_384;
/// Streams of which it is remembered how much they have stored since the last summary
/// (ours).
pub const TOTALS_HELD_MAX: usize = 65_536;
/// Summaries read for one answer about usage (ours; the next page goes on).
pub const USAGE_HOURS_MAX: usize = 100_000;
/// Fragment rows read for one timeline or one page of streams (ours; what it needs
/// beyond them is answered as incomplete).
pub const SURVEY_ROWS_MAX: usize = 50_000;
/// Accounts whose identities are held in memory when nobody uses them (ours).
pub const DIRECTORIES_HELD_MAX: usize = 1024;
/// Most groups of an account (AWS: 300).
pub const GROUPS_PER_ACCOUNT_MAX: usize = 300;
/// Keys and roles whose last use is held in memory (ours).
pub const LAST_USES_HELD_MAX: usize = 65_536;
/// Credential reports held in memory, bytes (ours).
pub const REPORTS_BYTES_MAX: usize = 64 << 20;
/// Most users of an account (AWS: 5000).
pub const USERS_PER_ACCOUNT_MAX: usize = 5000;
/// Most groups a user is in (AWS: 10).
pub const GROUPS_PER_USER_MAX: usize = 10;
/// Most access keys of a user or of root (AWS: 2).
pub const ACCESS_KEYS_PER_USER_MAX: usize = 2;
/// Most MFA devices of a user or of root (AWS: 8).
pub const MFA_DEVICES_PER_USER_MAX: usize = 8;
/// Longest serial number of an MFA device, bytes (AWS: 256).
pub const MFA_SERIAL_BYTES_MAX: usize = 256;
/// Most virtual MFA devices of an account: one that is not assigned counts too (ours).
pub const MFA_DEVICES_PER_ACCOUNT_MAX: usize = 50_000;
/// Most roles of an account (AWS: 1000).
pub const ROLES_PER_ACCOUNT_MAX: usize = 1000;
/// Most customer managed policies of an account (AWS: 1500).
pub const POLICIES_PER_ACCOUNT_MAX: usize = 1500;
/// Most instance profiles of an account (AWS: 1000).
pub const INSTANCE_PROFILES_PER_ACCOUNT_MAX: usize = 1000;
/// Most OIDC providers of an account (AWS: 100).
pub const OIDC_PROVIDERS_PER_ACCOUNT_MAX: usize = 100;
/// Most role aliases of an account (AWS: 100).
pub const ROLE_ALIASES_PER_ACCOUNT_MAX: usize = 100;
/// Most things of an account (ours).
pub const THINGS_PER_ACCOUNT_MAX: usize = 10_000;
/// Most thing types of an account (AWS: 100).
pub const THING_TYPES_PER_ACCOUNT_MAX: usize = 100;
/// Most device certificates of an account (ours).
pub const CERTIFICATES_PER_ACCOUNT_MAX: usize = 10_000;
/// Most IoT policies of an account (ours).
pub const IOT_POLICIES_PER_ACCOUNT_MAX: usize = 1000;
/// Keys for devices made at once; each takes a core for some hundred milliseconds (ours).
pub const DEVICE_KEYS_AT_ONCE_MAX: usize = 1;
/// Keys for devices made or waited for at once (ours).
pub const DEVICE_KEYS_WAITING_MAX: usize = 32;
/// Most client ids of an OIDC provider (AWS: 100).
pub const OIDC_CLIENT_IDS_MAX: usize = 100;
/// Most thumbprints of an OIDC provider (AWS: 5).
pub const OIDC_THUMBPRINTS_MAX: usize = 5;
/// Most managed policies attached to a user, group or role (AWS: 10).
pub const ATTACHED_POLICIES_MAX: usize = 10;
/// Most versions of a managed policy (AWS: 5).
pub const POLICY_VERSIONS_MAX: usize = 5;
/// Longest managed policy, characters without white space (AWS: 6144).
pub const POLICY_CHARS_MAX: usize = 6144;
/// Longest inline policies of a user together, characters without white space (AWS: 2048).
pub const USER_INLINE_CHARS_MAX: usize = 2048;
/// Longest inline policies of a group together, characters without white space (AWS: 5120).
pub const GROUP_INLINE_CHARS_MAX: usize = 5120;
/// Longest inline policies of a role together, characters without white space (AWS: 10 240).
pub const ROLE_INLINE_CHARS_MAX: usize = 10_240;
/// Longest trust policy, characters without white space (AWS: 2048).
pub const TRUST_CHARS_MAX: usize = 2048;
/// Most pairs of action and resource in one simulation (ours).
pub const SIMULATED_PAIRS_MAX: usize = 10_000;
/// Most work of one page of a simulation (ours): characters of policies times what each pair
/// of action and resource compares them with. A core takes less than two seconds for it.
pub const SIMULATED_WORK_MAX: u64 = 2_000_000_000;
/// What is compared whatever a pair of a simulation says, in characters (ours; part of
/// [`SIMULATED_WORK_MAX`], and of what its answer may take).
pub const SIMULATED_PAIR_CHARS: u64 = 512;
/// Simulations worked on at once; each takes a core (ours).
pub const SIMULATIONS_AT_ONCE_MAX: usize = 1;
/// Simulations worked on or waiting at once (ours).
pub const SIMULATIONS_WAITING_MAX: usize = 16;
/// Most tags of a user, role, policy and so on (AWS: 50).
pub const TAGS_PER_ENTITY_MAX: usize = 50;
/// Compiled policies held in memory: their texts and a kilobyte for each, bytes (ours).
pub const POLICY_CACHE_BYTES_MAX: usize = 256 << 20;
/// Users, roles and sessions whose policies are held together in memory (ours).
pub const STANDINGS_HELD_MAX: usize = 32_768;
/// Recent decisions held of an account: so many allowed, so many denied (ours).
pub const DECISIONS_PER_ACCOUNT_MAX: usize = 256;
/// Accounts of which decisions are held (ours).
pub const DECISION_ACCOUNTS_MAX: usize = 128;
/// Events of the audit trail waiting to be kept (ours).
pub const AUDIT_EVENTS_WAITING_MAX: usize = 4096;
/// Longest event of the audit trail, bytes; of a longer one the parameters are left out
/// (ours; AWS: 256 KB).
pub const AUDIT_EVENT_BYTES_MAX: usize = 64 << 10;
/// Largest body of a JSON or Query request, bytes (ours; AWS: 1 MiB).
pub const REQUEST_BYTES_MAX: usize = 1 << 20;
/// Largest body of a Query request that nobody signed, of sign-up and of sign-in, bytes
/// (ours).
pub const UNSIGNED_BYTES_MAX: usize = 64 << 10;
/// Bytes of bodies that are being read before it is known who sends them (ours).
pub const BODIES_BYTES_MAX: usize = 256 << 20;
/// What each body may take besides, bytes (ours).
pub const BODY_BYTES_FREE: usize = 16 << 10;
/// Fragments queued and under way to be durable, for all streams of a node (ours).
pub const FLUSH_FRAGMENTS_MAX: usize = 1024;
/// Bytes made durable together (ours).
pub const FLUSH_BATCH_BYTES: usize = 8 << 20;
/// Acknowledgements waiting for a producer to read them (ours).
pub const ACKS_WAITING_MAX: usize = 256;
/// Slices waiting for a reader of media (ours).
pub const MEDIA_SLICES_WAITING_MAX: usize = 16;
/// Open connections of a server (ours).
pub const CONNECTIONS_MAX: usize = 10_000;
/// Open connections of devices that ask for credentials (ours).
pub const DEVICE_CONNECTIONS_MAX: usize = 1000;
/// How long a rejected request's body is still read so that the client sees the answer,
/// milliseconds, and how much of it, bytes (ours).
pub const DRAIN_MS_MAX: u64 = 2_000;
/// See [`DRAIN_MS_MAX`].
pub const DRAIN_BYTES_MAX: usize = 16 << 20;
/// How long a closed connection waits for the client to close its side, milliseconds, and
/// how much it reads meanwhile, bytes (ours).
pub const LINGER_MS_MAX: u64 = 2_000;
/// See [`LINGER_MS_MAX`].
pub const LINGER_BYTES_MAX: usize = 16 << 20;
/// The same wait when the server is stopping, milliseconds (ours).
pub const LINGER_STOPPING_MS_MAX: u64 = 500;
/// Silence after which an unfinished fragment no longer holds up readers, milliseconds (ours).
pub const STALLED_MS: u64 = 2_000;
/// Bytes of fragments waiting to be made durable, for all streams of a node (ours). Must
/// hold the largest fragment; more than some batches only costs memory, for connections
/// beyond it wait and their producers with them.
pub const FLUSH_BYTES_MAX: usize = 128 << 20;
/// Silence after which a GetMedia connection gets a sign of life, milliseconds (ours; boto
/// gives up after 60 s).
pub const MEDIA_SILENCE_MS: u64 = 15_000;
/// How long a client may take nothing of an answer before its connection is closed,
/// milliseconds (ours: 5 minutes; a paused player reads nothing either).
pub const SEND_STUCK_MS_MAX: u64 = 300_000;
/// After how much silence, and then how often, the kernel asks whether a client's machine is
/// still there and knows of the connection, seconds (ours).
pub const KEEPALIVE_S: u64 = 15;
/// Password hashes computed at once; each takes 19 MiB and a core (ours).
pub const PASSWORDS_AT_ONCE_MAX: usize = 2;
/// Password hashes computed or waited for at once (ours).
pub const PASSWORDS_WAITING_MAX: usize = 64;
/// How long a code of sign-up counts, milliseconds (ours: 10 minutes).
pub const CODE_MS_MAX: u64 = 600_000;
/// Wrong codes heard before another must be sent (ours).
pub const CODE_TRIES_MAX: u8 = 5;
/// Codes and messages sent to one address or number within an hour (ours).
pub const SENDS_PER_HOUR_MAX: usize = 3;
/// How long a sign-up may take, milliseconds (ours: an hour).
pub const SIGNUP_MS_MAX: u64 = 3_600_000;
/// Sign-ups under way at once (ours).
pub const SIGNUPS_MAX: usize = 1000;
/// Sign-ups begun from one client address within an hour (ours).
pub const SIGNUPS_PER_HOUR_MAX: usize = 30;
/// How long a way to a new root password counts, milliseconds (ours: 30 minutes).
pub const RESET_MS_MAX: u64 = 1_800_000;
/// Playback sessions whose progress is remembered (ours; of others it is worked out again).
pub const SESSIONS_KNOWN_MAX: usize = 10_000;
/// Longest wait after failed sign-ins, milliseconds (ours: 15 minutes).
pub const BACKOFF_MS_MAX: u64 = 900_000;
/// Failed sign-ins of one identity that cost no wait (ours).
pub const SIGNIN_FAILURES_FREE: u32 = 5;
/// Failed sign-ins from one client address that cost no wait (ours: several people, or a
/// proxy, may be behind it).
pub const ADDRESS_FAILURES_FREE: u32 = 20;
/// The longest that an answer to a root user who guesses is held back, milliseconds (ours).
pub const ROOT_HELD_MS_MAX: u64 = 4_000;
/// Identities, addresses or numbers whose attempts are remembered at once (ours).
pub const THROTTLED_MAX: usize = 10_000;
/// Messages on their way at once (ours).
pub const DELIVERIES_AT_ONCE_MAX: usize = 32;
/// How long a sign-in session lasts, milliseconds (AWS: 12 hours).
pub const SIGNIN_MS_MAX: u64 = 43_200_000;
/// How long a sign-in may take between its steps, milliseconds (ours).
pub const SIGNIN_STEP_MS_MAX: u64 = 600_000;
