/** What is printed for a reason why sshd was left unchanged. */

export interface RefusalText {
  readonly message: string;
  /** The next steps. `lines` are to be copied verbatim. */
  readonly next: readonly string[];
  readonly lines?: readonly string[];
}
