package dev.sandkeep.server.accounts;

import com.google.zxing.EncodeHintType;
import com.google.zxing.WriterException;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import com.google.zxing.qrcode.encoder.ByteMatrix;
import com.google.zxing.qrcode.encoder.Encoder;
import java.util.Map;

/**
 * A text as a QR code (ISO/IEC 18004), as the path of an SVG image: pages draw it without a style, a script or a file that would hold
 * the secret.
 *
 * @param size of the square, in units of the path, the quiet zone of four units on each side included
 * @param path the dark squares, as SVG path data
 */
public record QrCode(int size, String path) {
    private static final int QUIET_ZONE = 4;

    /** The code of a text. */
    static QrCode of(String text) {
        ByteMatrix squares;
        try {
            squares = Encoder.encode(text, ErrorCorrectionLevel.M, Map.of(EncodeHintType.CHARACTER_SET, "UTF-8"))
                    .getMatrix();
        } catch (WriterException tooLong) {
            throw new IllegalArgumentException("a text of " + text.length() + " characters is too long", tooLong);
        }
        StringBuilder path = new StringBuilder();
        for (int y = 0; y < squares.getHeight(); y++) {
            int x = 0;
            while (x < squares.getWidth()) {
                int begin = x;
                while (x < squares.getWidth() && squares.get(x, y) == 1) {
                    x++;
                }
                if (x > begin) {
                    int width = x - begin;
                    path.append('M').append(begin + QUIET_ZONE).append(' ').append(y + QUIET_ZONE);
                    path.append('h').append(width).append("v1h-").append(width).append('z');
                }
                x++;
            }
        }
        return new QrCode(squares.getWidth() + 2 * QUIET_ZONE, path.toString());
    }

    /** Shows no secret. */
    @Override
    public String toString() {
        return "QrCode[" + size + "]";
    }
}
