//! EBML primitives (RFC 8794): element ids, variable-length sizes, integers, floats.
