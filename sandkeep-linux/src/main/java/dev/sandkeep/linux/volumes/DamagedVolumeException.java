package dev.sandkeep.linux.volumes;

import dev.sandkeep.spi.VolumeDamage;

/** A volume is not what it should be. Becomes the outcome {@code Damaged} of the call. */
final class DamagedVolumeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient VolumeDamage damage;

    DamagedVolumeException(VolumeDamage.Code code, String reason) {
        super(reason);
        this.damage = new VolumeDamage(code, reason);
    }

    VolumeDamage damage() {
        return damage;
    }
}
