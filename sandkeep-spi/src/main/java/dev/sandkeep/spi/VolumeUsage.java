package dev.sandkeep.spi;

/**
 * What a volume takes on disk.
 *
 * @param bytes allocated, each hard-linked file once
 * @param files files, directories, links and device nodes
 * @param checkpoints how many are kept
 */
public record VolumeUsage(long bytes, long files, int checkpoints) {}
