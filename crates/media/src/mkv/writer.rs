//! Writing Matroska elements, and rewriting a producer's header for GetMedia.
