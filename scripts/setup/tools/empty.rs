// Cargo wants a package to have a target; this one only names what it depends on.
