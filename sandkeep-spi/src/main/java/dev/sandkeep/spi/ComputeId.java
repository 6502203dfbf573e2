package dev.sandkeep.spi;

/**
 * Names one compute: the sandbox it runs and the generation of that compute under it.
 *
 * <p>The generation is the fencing token. A provider that has seen generation {@code n} of a sandbox refuses to
 * start any generation below {@code n} of it.
 *
 * @param sandbox id of the owning row: a sandbox ({@code sbx_…}) or a snapshot job ({@code job_…})
 * @param generation 1, 2, 3 …
 */
public record ComputeId(String sandbox, int generation) implements Comparable<ComputeId> {
    public ComputeId {
        Names.requireSafe("sandbox id", sandbox);
        if (generation < 1) {
            throw new IllegalArgumentException("generation must be 1 or more, was " + generation);
        }
    }

    /** The name external things of this compute carry, for example {@code sbx_01k…-2}. */
    public String name() {
        return sandbox + "-" + generation;
    }

    /**
     * Reads a {@link #name()} back.
     *
     * @throws IllegalArgumentException when {@code name} was not made by {@link #name()}
     */
    public static ComputeId parse(String name) {
        int dash = name.lastIndexOf('-');
        if (dash < 1) {
            throw new IllegalArgumentException("not a compute name: '" + name + "'");
        }
        return new ComputeId(name.substring(0, dash), Integer.parseInt(name.substring(dash + 1)));
    }

    @Override
    public int compareTo(ComputeId other) {
        int bySandbox = sandbox.compareTo(other.sandbox);
        return bySandbox != 0 ? bySandbox : Integer.compare(generation, other.generation);
    }

    @Override
    public String toString() {
        return name();
    }
}
