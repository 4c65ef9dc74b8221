/** For Java programs: in a POSIX locale Java could open no file below a folder whose name is not ASCII. */
export const javaEnvironment = { LC_ALL: 'C.UTF-8' };
