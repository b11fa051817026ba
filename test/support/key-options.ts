/** Options of keys, valid and not. A real sshd reads each of them, too: test/e2e/key-options.test.ts. */

/** Options with which a login from 127.0.0.1 is accepted. */
export const VALID: readonly string[] = [
  "restrict",
  "Restrict,PTY",
  "restrict,pty,user-rc,agent-forwarding,port-forwarding,x11-forwarding",
  "no-pty,no-user-rc,no-agent-forwarding,no-port-forwarding,no-X11-forwarding",
  "no-pty,no-pty",
  "touch-required",
  "verify-required",
  'command="echo in"',
  'COMMAND="echo in"',
  'restrict,command="echo in; : \\"a, b\\" c\\d"',
  'from="127.0.0.1"',
  'from="127.*,!10.0.0.1,2001:db8::/32"',
  'from="10.0.0.0/8,127.0.0.0/8,::/0"',
  'from="!192.0.2.0/24,*"',
  'permitopen="localhost:80",permitopen="[::1]:*",permitopen="*:443"',
  'permitlisten="8080",permitlisten="localhost:*",permitlisten="*"',
  'expiry-time="20991231"',
  'expiry-time="209912312359",expiry-time="20991231235959"',
  'tunnel="0"',
  'tunnel="any"',
];

interface Invalid {
  readonly options: string;
  /** The result of keyOptionsFlaw(). */
  readonly flaw: string;
  /** sshd reads it, and this program refuses it. */
  readonly isKnownToSshd?: true;
}

export const INVALID: readonly Invalid[] = [
  { options: "pty restrict", flaw: "column 4: options must be separated by a comma" },
  { options: "pty, restrict", flaw: "column 5: an option is missing" },
  { options: "pty,", flaw: "column 5: an option is missing", isKnownToSshd: true },
  { options: ",pty", flaw: "column 1: an option is missing", isKnownToSshd: true },
  { options: "pty,,restrict", flaw: "column 5: an option is missing", isKnownToSshd: true },
  { options: "no-restrict", flaw: "column 1: no-restrict is not an option of a key" },
  { options: "ptyx", flaw: "column 1: ptyx is not an option of a key" },
  { options: "pty,nopty", flaw: "column 5: nopty is not an option of a key" },
  { options: 'pty="yes"', flaw: "column 1: pty has no value" },
  { options: 'shell="/bin/sh"', flaw: "column 1: shell is not an option of a key" },
  { options: "command", flaw: "column 1: command must have a value" },
  { options: "command=ls", flaw: "column 1: the value of command must be in double quotes" },
  { options: "command='ls'", flaw: "column 1: the value of command must be in double quotes" },
  { options: 'command="ls', flaw: "column 1: the value of command must be in double quotes" },
  { options: 'command="ls\\"', flaw: "column 1: the value of command must be in double quotes" },
  { options: 'command ="ls"', flaw: "column 1: command must have a value" },
  { options: 'command="ls"x', flaw: "column 13: options must be separated by a comma" },
  { options: 'command="ls"pty', flaw: "column 13: options must be separated by a comma" },
  { options: 'command="ls",command="id"', flaw: "column 14: a second command" },
  { options: 'command=" "', flaw: "column 1: command must have a command", isKnownToSshd: true },
  { options: 'from="127.0.0.1",from="::1"', flaw: "column 18: a second from" },
  {
    options: 'from="127.0.0.1/8"',
    flaw: "column 1: from has 127.0.0.1/8, which must be an address, / and a length, without bits after it",
  },
  {
    options: 'from="2001:db8::1/32,127.0.0.1"',
    flaw: "column 1: from has 2001:db8::1/32, which must be an address, / and a length, without bits after it",
  },
  {
    options: 'from="127.0.0.0/33"',
    flaw: "column 1: from has 127.0.0.0/33, which must be an address, / and a length, without bits after it",
  },
  { options: 'from=""', flaw: "column 1: from must be addresses, networks or host names, separated by commas" },
  { options: 'from="!10.0.0.1"', flaw: "column 1: from must have an entry without !, since ! alone never matches" },
  { options: 'permitopen="localhost"', flaw: "column 1: permitopen must be host:port, or host:*" },
  { options: 'permitopen="localhost:0"', flaw: "column 1: permitopen must be host:port, or host:*" },
  { options: 'permitopen="localhost:65536"', flaw: "column 1: permitopen must be host:port, or host:*" },
  {
    options: 'permitopen="localhost:http"',
    flaw: "column 1: permitopen must be host:port, or host:*",
  },
  { options: 'permitopen="::1:80"', flaw: "column 1: permitopen must be host:port, or host:*" },
  { options: 'permitlisten="none"', flaw: "column 1: permitlisten must be port, or host:port" },
  {
    options: 'expiry-time="20270230"',
    flaw: "column 1: expiry-time must be YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS",
    isKnownToSshd: true,
  },
  {
    options: 'expiry-time="2027-01-01"',
    flaw: "column 1: expiry-time must be YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS",
  },
  { options: 'tunnel="1:any"', flaw: "column 1: tunnel must be a device number, or any" },
  { options: 'tunnel="x"', flaw: "column 1: tunnel must be a device number, or any" },
  { options: 'tunnel="-1"', flaw: "column 1: tunnel must be a device number, or any" },
  {
    options: "cert-authority",
    flaw: "column 1: cert-authority is not accepted: it would accept every certificate that this key signed",
  },
  {
    options: 'principals="alice"',
    flaw: "column 1: principals is not accepted: it only belongs to cert-authority",
  },
  {
    options: 'environment="A=b"',
    flaw: "column 1: environment is not accepted: variables are set by [session] caller_variable alone",
    isKnownToSshd: true,
  },
  {
    options: "restrict,no-touch-required",
    flaw: "column 10: no-touch-required is not accepted: it would take away a check of security keys",
    isKnownToSshd: true,
  },
];
