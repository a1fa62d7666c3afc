@rem What `exec` of a POSIX shell is for: the scripts of package.json begin with it, so that a signal for npm reaches them.
@%*
