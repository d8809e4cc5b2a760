"""Named data, a set a file: `read(*, quiet) -> Listing`, with LICENCE and HOMEPAGE."""
