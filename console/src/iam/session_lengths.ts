/** How long sessions of a role can last, as a choice; IAM takes any of 1 to 12 hours. */
export const SESSION_LENGTHS: { value: string; label: string }[] = [1, 2, 4, 8, 12].map((hours) => ({
  value: String(hours * 3600),
  label: hours === 1 ? "1 hour" : `${hours} hours`,
}));
