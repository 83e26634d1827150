//! The driver's side against the worked cases of the domain notes, and from end to end.

mod worked;
