//! Inputs, outputs and structures of every operation, generated from the models.
//!
//! Member names are the model's in snake case; what the model requires is a plain type, what it
//! does not is an `Option`. An input is made by `from_json` or `from_query`, which check the
//! model's constraints; an output is printed by `to_json` or `to_xml`. GetMedia, GetClip and
//! GetMediaForFragmentList answer with media instead of a document, so they have no output here.

/// An enum of wire names: the type, its parser and its printer.
macro_rules! enumeration {
    ($name:ident { $($variant:ident = $wire:literal),* $(,)? }) => {
        #[doc = concat!("The values of `", stringify!($name), "`.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $(#[doc = concat!("`", $wire, "`.")] $variant),* }

        impl $name {
            /// Every name on the wire, in the model's order.
            pub const NAMES: &'static [&'static str] = &[$($wire),*];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire),* }
            }

            /// The value of that name; the case matters.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($wire => Some(Self::$variant),)* _ => None }
            }
        }

        impl crate::read::Read for $name {
            fn read(
                node: &serde_json::Value,
                at: &crate::read::At<'_>,
                _: &crate::rule::Rule,
                reader: &mut crate::read::Reader,
            ) -> Option<Self> {
                reader.name(node, at, Self::parse, Self::NAMES)
            }
        }

        impl crate::write::Write for $name {
            fn write(&self, writer: &mut crate::write::Writer) {
                writer.string(self.as_str());
            }
        }

        impl crate::write::Key for $name {
            fn key(&self) -> &str {
                self.as_str()
            }
        }
    };
}

/// A structure and the abilities it needs: `default`, `read` (in requests), `write` (in
/// responses). A member is `name: type = "wire name" RULE`.
macro_rules! structure {
    ($name:ident [$($ability:ident)*] $members:tt) => {
        structure! { @struct $name $members }
        $(structure! { @$ability $name $members })*
    };
    (@struct $name:ident { $($field:ident: $kind:ty = $wire:literal $($rule:ident)?),* $(,)? }) => {
        #[doc = concat!("The structure `", stringify!($name), "`.")]
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name { $(#[doc = concat!("`", $wire, "`.")] pub $field: $kind),* }
    };
    (@default $name:ident {
        $($field:ident: $kind:ty = $wire:literal $($rule:ident)?),* $(,)?
    }) => {
        impl Default for $name {
            fn default() -> Self {
                Self { $($field: Default::default()),* }
            }
        }
    };
    (@read $name:ident { $($field:ident: $kind:ty = $wire:literal $($rule:ident)?),* $(,)? }) => {
        impl crate::read::Read for $name {
            fn read(
                node: &serde_json::Value,
                at: &crate::read::At<'_>,
                _: &crate::rule::Rule,
                reader: &mut crate::read::Reader,
            ) -> Option<Self> {
                let _object = reader.object(node, at)?;
                // Every member is read before the first failure ends it, so that all are told.
                $(let $field = crate::read::Slot::take(
                    &_object,
                    &crate::read::At::Member(at, $wire),
                    structure!(@rule $($rule)?),
                    reader,
                );)*
                Some(Self { $($field: $field?),* })
            }
        }
    };
    (@write $name:ident { $($field:ident: $kind:ty = $wire:literal $($rule:ident)?),* $(,)? }) => {
        impl crate::write::Write for $name {
            fn write(&self, writer: &mut crate::write::Writer) {
                writer.structure(|_writer| { $(_writer.member($wire, &self.$field);)* });
            }
        }
    };
    (@rule) => { &crate::rule::ANY };
    (@rule $rule:ident) => { &$rule };
}

/// The entry points of a restJson1 service; `()` stands for an answer that is media.
macro_rules! json_calls {
    ($($input:ident => $output:tt),* $(,)?) => { $(
        impl $input {
            /// Parses a request body and checks the model's constraints.
            ///
            /// # Errors
            ///
            /// Text that is not JSON, a wrong type, or the constraints that are broken.
            pub fn from_json(body: &[u8]) -> Result<Self, crate::read::InputError> {
                crate::json::parse(body)
            }
        }
        json_calls! { @output $output }
    )* };
    (@output ()) => {};
    (@output $output:ident) => {
        impl $output {
            /// The response body.
            pub fn to_json(&self) -> String {
                crate::json::print(self)
            }
        }
    };
}

/// The entry points of an awsQuery service.
macro_rules! query_calls {
    (
        $namespace:literal
        $($action:literal $input:ident => $output:ident $result:ident),* $(,)?
    ) => { $(
        impl $input {
            /// Parses a form and checks the model's constraints.
            ///
            /// # Errors
            ///
            /// A form that cannot be decoded, a wrong type, or the constraints that are broken.
            pub fn from_query(form: &[u8]) -> Result<Self, crate::read::InputError> {
                crate::query::parse(form)
            }
        }

        impl $output {
            /// The response body.
            pub fn to_xml(&self, request_id: &str) -> String {
                let result = query_calls!(@$result);
                let reply = crate::query::Reply { action: $action, namespace: $namespace, result };
                crate::query::print(&reply, self, request_id)
            }
        }
    )* };
    (@result) => { true };
    (@empty) => { false };
}

/// The enum of operations and its table.
macro_rules! operations {
    ($(
        $variant:ident = $service:ident $name:literal $method:literal $path:literal
            [$($error:literal),*]
    ),* $(,)?) => {
        /// An operation of any service.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Op { $(#[doc = concat!("`", $name, "`.")] $variant),* }

        impl Op {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub(crate) fn row(self) -> &'static crate::op::Row {
                static ROWS: &[crate::op::Row] = &[$(crate::op::Row {
                    service: Service::$service,
                    name: $name,
                    action: operations!(@action $service $name),
                    method: $method,
                    path: $path,
                    errors: &[$($error),*],
                }),*];
                // The rows stand in the order of the variants.
                &ROWS[self as usize]
            }
        }
    };
    (@action Iam $name:literal) => { concat!("iam:", $name) };
    (@action Iot $name:literal) => { concat!("iot:", $name) };
    (@action Sts $name:literal) => { concat!("sts:", $name) };
    (@action $service:ident $name:literal) => { concat!("kinesisvideo:", $name) };
}

#[rustfmt::skip]
pub mod archived_media;
#[rustfmt::skip]
pub mod iam;
#[rustfmt::skip]
pub mod iot;
#[rustfmt::skip]
pub mod kinesisvideo;
#[rustfmt::skip]
pub mod live_media;
#[rustfmt::skip]
pub(crate) mod ops;
#[rustfmt::skip]
pub mod signaling;
#[rustfmt::skip]
pub mod sts;
#[rustfmt::skip]
pub mod webrtc_storage;

/// Every pattern of the models.
#[cfg(test)]
pub(crate) fn patterns() -> Vec<&'static [&'static crate::rule::Pattern]> {
    vec![
        archived_media::PATTERNS,
        iam::PATTERNS,
        iot::PATTERNS,
        kinesisvideo::PATTERNS,
        live_media::PATTERNS,
        signaling::PATTERNS,
        sts::PATTERNS,
        webrtc_storage::PATTERNS,
    ]
}
