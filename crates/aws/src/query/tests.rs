//! Forms of IAM and STS clients, and the XML they read.
