package dev.sandkeep.spi;

/**
 * What a directory holds, directories in it included.
 *
 * @param path where it is in the image or, of a volume, in the sandbox
 * @param bytes of all files in it
 * @param files how many files, links, devices and directories are in it
 */
public record DirectorySize(FilePath path, long bytes, long files) {}
