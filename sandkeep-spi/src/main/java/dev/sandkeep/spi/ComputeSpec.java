package dev.sandkeep.spi;

import java.util.List;
import java.util.Map;

/**
 * Everything a provider needs to start one compute.
 *
 * @param id name and fencing token
 * @param image what the root file system starts from; never changed by what runs on it
 * @param limits enforced by the host, not by the sandbox
 * @param environment of every process started in it
 * @param persisted the attached volume's mounts; empty for an ephemeral sandbox
 * @param runFiles files shown read-only under {@code /run/sandkeep}, by file name; replaceable while it runs with
 *     {@link SandboxProvider#putRunFile}
 */
public record ComputeSpec(
        ComputeId id,
        ImageId image,
        Limits limits,
        Map<String, String> environment,
        List<VolumeMount> persisted,
        Map<String, String> runFiles) {
    public ComputeSpec {
        environment = Map.copyOf(environment);
        persisted = List.copyOf(persisted);
        runFiles = Map.copyOf(runFiles);
        runFiles.keySet().forEach(name -> Names.requireSafe("run file", name));
    }
}
